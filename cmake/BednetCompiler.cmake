# SPDX-License-Identifier: Apache-2.0
# How everything is compiled: C11, warnings as errors, hardened, symbols hidden unless said otherwise.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # POSIX and GNU functions of Debian's libc
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
                    -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -fno-common -fno-plt
                    -fstack-protector-strong)
add_link_options(-Wl,-z,relro -Wl,-z,now)

if(BEDNET_SANITIZE)
    add_compile_options(-fsanitize=${BEDNET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    if(BEDNET_SANITIZE MATCHES address)
        # gcc has macros of its own for these, clang has not.
        add_compile_definitions(BEDNET_ADDRESS_SANITIZER)
    elseif(BEDNET_SANITIZE MATCHES thread)
        add_compile_definitions(BEDNET_THREAD_SANITIZER)
    endif()
    add_link_options(-fsanitize=${BEDNET_SANITIZE})
else()
    add_compile_options($<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
    add_link_options(-Wl,-z,defs)
endif()

# Every layer is instrumented, or the fuzzer sees no further than the target's own file.
if(BEDNET_FUZZERS)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
