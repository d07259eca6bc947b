/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of key servers, judged. */
#include "policy/url.h"

#include <arpa/inet.h>
#include <strings.h>

static bool begins(struct bednet_text text, struct bednet_text prefix)
{
    return text.len >= prefix.len && memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* First byte that a URL does not have, or its length. */
static size_t foreign_byte(struct bednet_text url)
{
    size_t i = 0;
    while (i < url.len && url.ptr[i] > ' ' && url.ptr[i] < 0x7f && strchr("\\\"<>^`{|}", url.ptr[i]) == NULL)
        i++;
    return i;
}

static bool is_address(int family, struct bednet_text text)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char copy[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, bytes) == 1;
}

/*
 * Names with letters in their last label, and addresses in full: `127.1`, `0x7f.1` and `2130706433` are
 * addresses to some parsers and names to others.
 */
static bool is_host(struct bednet_text host)
{
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        return is_address(AF_INET6, (struct bednet_text){host.ptr + 1, host.len - 2});
    size_t label = 0;
    for (size_t i = 0; i < host.len; i++) {
        char byte = host.ptr[i];
        bool empty_label = byte == '.' && i == label;
        if (empty_label || (byte != '.' && byte != '-' && byte != '_' && !is_digit(byte) && !is_letter(byte)))
            return false;
        label = byte == '.' ? i + 1 : label;
    }
    if (host.len == 0 || host.len > 253 || label == host.len)
        return false;
    return is_letter(host.ptr[label]) || is_address(AF_INET, host);
}

static bool is_loopback(struct bednet_text host)
{
    static const struct bednet_text name = {"localhost", sizeof "localhost" - 1};
    if (host.len == name.len && strncasecmp(host.ptr, name.ptr, name.len) == 0)
        return true;
    return bednet_text_equal(host, BEDNET_TEXT_LITERAL("[::1]")) ||
           (is_address(AF_INET, host) && begins(host, BEDNET_TEXT_LITERAL("127.")));
}

/* A colon and a number from 1 to 65535, or nothing. */
static bool is_port(struct bednet_text text)
{
    unsigned port = 0;
    if (text.len == 0)
        return true;
    if (text.len < 2 || text.len > 6 || text.ptr[0] != ':')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return port >= 1 && port <= 65535 && text.ptr[1] != '0';
}

/* Host and port out of what stands before the path. */
static void split(struct bednet_text authority, struct bednet_text *host, struct bednet_text *port)
{
    size_t end = 0;
    bool literal = authority.len > 0 && authority.ptr[0] == '[';
    while (end < authority.len && authority.ptr[end] != (literal ? ']' : ':'))
        end++;
    if (literal && end < authority.len)
        end++;
    *host = (struct bednet_text){authority.ptr, end};
    *port = (struct bednet_text){authority.ptr + end, authority.len - end};
}

static const char *authority_fault(struct bednet_text authority, bool plain, size_t *at)
{
    struct bednet_text host;
    struct bednet_text port;
    if (memchr(authority.ptr, '@', authority.len) != NULL)
        return "holds a user name or password (expected none: keys are public, and the policy is read by "
               "many)";
    split(authority, &host, &port);
    if (!is_host(host))
        return "has no host that everybody reads alike (expected a name, a full IPv4 address or [IPv6])";
    if (plain && !is_loopback(host))
        return "is http:// to another machine (expected https://; plain_http is for 127.0.0.0/8, [::1] and "
               "localhost only)";
    if (is_port(port))
        return NULL;
    *at += host.len;
    return "has no port there (expected a number from 1 to 65535 after the colon)";
}

const char *bednet_url_fault(struct bednet_text url, bool plain_http, size_t *offset)
{
    static const struct bednet_text secure = {"https://", sizeof "https://" - 1};
    static const struct bednet_text plain = {"http://", sizeof "http://" - 1};
    *offset = 0;
    if (url.len > BEDNET_URL_BYTES_MAX)
        return "is longer than 2048 bytes (expected a shorter URL)";
    bool is_plain = begins(url, plain);
    if (is_plain && !plain_http)
        return "is http:// (expected https://, or beside it plain_http: true for a server on this machine)";
    if (!is_plain && !begins(url, secure))
        return "is no URL (expected https://HOST/PATH)";
    *offset = foreign_byte(url);
    if (*offset < url.len)
        return "holds a character that URLs do not have (expected it as %XX)";
    const char *fragment = memchr(url.ptr, '#', url.len);
    if (fragment != NULL) {
        *offset = (size_t)(fragment - url.ptr);
        return "has a fragment (expected no '#': it is never sent)";
    }
    *offset = is_plain ? plain.len : secure.len;
    struct bednet_text rest = {url.ptr + *offset, url.len - *offset};
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    return authority_fault((struct bednet_text){rest.ptr, end}, is_plain, offset);
}
