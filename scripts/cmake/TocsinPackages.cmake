# The libraries, all from Debian 12 (scripts/install-deps).

find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(czmq REQUIRED IMPORTED_TARGET libczmq)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(libxml2 REQUIRED IMPORTED_TARGET libxml-2.0)

# Debian's libmsgpack-dev has no pkg-config file for the C library.
find_library(MSGPACK_LIBRARY msgpackc REQUIRED)
add_library(tcn_msgpack INTERFACE)
target_link_libraries(tcn_msgpack INTERFACE ${MSGPACK_LIBRARY})
if(TOCSIN_TESTS)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()
