# How every target is compiled, and how a layer is declared.

include(CheckCCompilerFlag)
include(CheckPIESupported)
check_pie_supported()

add_library(tcn_flags INTERFACE)
target_compile_definitions(tcn_flags INTERFACE _GNU_SOURCE
    TOCSIN_VERSION="${PROJECT_VERSION}")
target_include_directories(tcn_flags INTERFACE
    ${CMAKE_SOURCE_DIR}/common ${CMAKE_SOURCE_DIR}/node)
target_compile_options(tcn_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Werror)

if(TOCSIN_SANITIZE STREQUAL "address")
    set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
elseif(TOCSIN_SANITIZE STREQUAL "thread")
    set(sanitize -fsanitize=thread -fno-omit-frame-pointer)
    target_sources(tcn_flags INTERFACE ${CMAKE_SOURCE_DIR}/tests/tsan.c)
endif()
if(sanitize)
    target_compile_options(tcn_flags INTERFACE ${sanitize})
    target_link_options(tcn_flags INTERFACE ${sanitize})
else()
    # Each is probed: clang 14 refuses -ftrivial-auto-var-init=zero, and
    # -fcf-protection exists on x86 only.
    foreach(flag -fstack-protector-strong -fstack-clash-protection
            -fcf-protection -ftrivial-auto-var-init=zero)
        string(MAKE_C_IDENTIFIER "has${flag}" has)
        check_c_compiler_flag(${flag} ${has})
        if(${has})
            target_compile_options(tcn_flags INTERFACE ${flag})
        endif()
    endforeach()
    target_compile_options(tcn_flags INTERFACE
        $<$<CONFIG:Release>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>)
    target_link_options(tcn_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
endif()

# tcn_library(NAME [DEPS other layers...] [PACKAGES imported targets...])
# One static library per folder: every *.c in it. Who may use whom is checked
# by scripts/check-layers.
function(tcn_library name)
    cmake_parse_arguments(arg "" "" "DEPS;PACKAGES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    if(NOT sources)
        message(WARNING "${name} has no sources")
        return()
    endif()
    add_library(tcn_${name} STATIC ${sources})
    target_link_libraries(tcn_${name} PUBLIC tcn_flags)
    foreach(dep ${arg_DEPS})
        target_link_libraries(tcn_${name} PUBLIC tcn_${dep})
    endforeach()
    target_link_libraries(tcn_${name} PUBLIC ${arg_PACKAGES})
endfunction()

# tcn_program(NAME [DEPS layers...] [PACKAGES targets...]): every *.c here.
function(tcn_program name)
    cmake_parse_arguments(arg "" "" "DEPS;PACKAGES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    add_executable(${name} ${sources})
    foreach(dep ${arg_DEPS})
        target_link_libraries(${name} PRIVATE tcn_${dep})
    endforeach()
    target_link_libraries(${name} PRIVATE tcn_flags ${arg_PACKAGES})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
