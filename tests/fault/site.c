/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/site.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX  16
#define NAME_BYTES 256

static const char jwt_section[] = "jwt:\n"
                                  "  issuers:\n"
                                  "    - issuer: https://id.fault.example\n"
                                  "      audience: [mqtt.fault.example]\n"
                                  "      keys: {file: jwks.json}\n"
                                  "      algorithms: [RS256, ES256, EdDSA, HS256]\n"
                                  "      username: ${claim.sub}\n"
                                  "      client_id: ${claim.device_id}\n"
                                  "      roles: ${claim.roles}\n";

static char folder[NAME_BYTES / 2];
static char paths[FILES_MAX][NAME_BYTES];
static size_t path_count;
static char token_text[65536];
static struct site_tokens tokens;

static void give_up(const char *what)
{
    perror(what);
    abort();
}

static size_t read_file(const char *path, char *out, size_t out_bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        give_up(path);
    size_t length = fread(out, 1, out_bytes - 1, file);
    fclose(file);
    out[length] = '\0';
    return length;
}

static void read_tokens(void)
{
    read_file(BEDNET_FAULT_DATA "/tokens.txt", token_text, sizeof token_text);
    char *rest = token_text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
        struct site_token *token = &tokens.token[tokens.count++];
        token->name = strsep(&line, "\t");
        token->client_id = strsep(&line, "\t");
        token->username = strsep(&line, "\t");
        token->site = strsep(&line, "\t");
        token->roles = strsep(&line, "\t");
        token->text = line;
    }
}

void site_open(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/bednet-fault.XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL)
        give_up(folder);
    site_use_keys("jwks.json");
    read_tokens();
}

void site_close(void)
{
    for (size_t i = 0; i < path_count; i++)
        unlink(paths[i]);
    path_count = 0;
    rmdir(folder);
}

const char *site_path(const char *name)
{
    char path[NAME_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (size_t i = 0; i < path_count; i++)
        if (strcmp(paths[i], path) == 0)
            return paths[i];
    if (path_count == FILES_MAX)
        abort();
    return strcpy(paths[path_count++], path);
}

void site_write(const char *name, const char *text)
{
    const char *path = site_path(name);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        give_up(path);
    if (fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, 0600) != 0)
        give_up(path);
}

void site_use_keys(const char *name)
{
    char path[512];
    char keys[8192];
    snprintf(path, sizeof path, "%s/%s", BEDNET_FAULT_DATA, name);
    read_file(path, keys, sizeof keys);
    site_write("jwks.json", keys);
}

void site_write_policy(const char *name, const char *rest, uint16_t port)
{
    char text[16384];
    char metrics[64] = "";
    if (port != 0)
        snprintf(metrics, sizeof metrics, "metrics:\n  listen: 127.0.0.1:%u\n", (unsigned)port);
    snprintf(text, sizeof text, "bednet: 1\n%s%s%s", jwt_section, rest, metrics);
    site_write(name, text);
}

static bool is_free(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return bound;
}

/* Below the range from which the kernel takes the ports of those who connect, or one of them would come by.
 */
uint16_t site_free_port(void)
{
    static unsigned next;
    if (next == 0)
        next = (unsigned)getpid() * 37;
    for (int i = 0; i < 10000; i++) {
        uint16_t port = (uint16_t)(20000 + next++ % 10000);
        if (is_free(port))
            return port;
    }
    give_up("no free port");
    return 0;
}

const struct site_tokens *site_tokens(void)
{
    return &tokens;
}

const struct site_token *site_token(const char *name)
{
    for (size_t i = 0; i < tokens.count; i++)
        if (strcmp(tokens.token[i].name, name) == 0)
            return &tokens.token[i];
    fprintf(stderr, "no token of the name %s\n", name);
    abort();
}

void site_lines(struct fake_line lines[SITE_PLUGINS], unsigned list, const char *policy, const char *chain)
{
    static char policy_key[] = "policy";
    static char chain_key[] = "chain";
    static const char *const modules[SITE_PLUGINS] = {"topic", "limit", "metrics", "jwt", "acl"};
    for (size_t i = 0; i < SITE_PLUGINS; i++) {
        lines[i] = (struct fake_line){.module = modules[i], .list = list, .option_count = 1};
        /* Mosquitto's structure forgets that a value is only read. */
        lines[i].options[0] = (struct mosquitto_opt){policy_key, (char *)(uintptr_t)policy};
        if (chain != NULL)
            lines[i].options[lines[i].option_count++] =
                (struct mosquitto_opt){chain_key, (char *)(uintptr_t)chain};
    }
}
