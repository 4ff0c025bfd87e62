# libsecp256k1, zlib, msgpack-cxx and nlohmann_json as targets `third_party_*`, from sources, the same ones
# natively and for WebAssembly. Their headers are SYSTEM, so our warning rules do not reach them.

if(WEFT_FETCH_DEPS)
  include(FetchContent)
  # SOURCE_SUBDIR names a folder without a CMakeLists.txt: the sources are wanted, not their build.
  FetchContent_Declare(secp256k1 SOURCE_SUBDIR none
    GIT_REPOSITORY https://github.com/bitcoin-core/secp256k1.git GIT_TAG v0.2.0)
  FetchContent_Declare(zlib SOURCE_SUBDIR none
    GIT_REPOSITORY https://github.com/madler/zlib.git GIT_TAG v1.2.13)
  FetchContent_Declare(msgpack SOURCE_SUBDIR none
    GIT_REPOSITORY https://github.com/msgpack/msgpack-c.git GIT_TAG cpp-4.1.3)
  FetchContent_Declare(nlohmann SOURCE_SUBDIR none
    GIT_REPOSITORY https://github.com/nlohmann/json.git GIT_TAG v3.11.2)
  FetchContent_MakeAvailable(secp256k1 zlib msgpack nlohmann)
else()
  foreach(library secp256k1 zlib msgpack nlohmann)
    set(${library}_SOURCE_DIR "${DEPS_DIR}/${library}")
    if(NOT EXISTS "${DEPS_DIR}/${library}")
      message(FATAL_ERROR "${DEPS_DIR}/${library} is missing: run `node wasm/deps.mjs`, or give -DDEPS_DIR=… "
        "or -DWEFT_FETCH_DEPS=ON")
    endif()
  endforeach()
endif()

file(GLOB zlib_sources "${zlib_SOURCE_DIR}/*.c")
list(FILTER zlib_sources EXCLUDE REGEX "/gz[a-z]+\\.c$")
add_library(third_party_zlib STATIC ${zlib_sources})
target_include_directories(third_party_zlib SYSTEM PUBLIC "${zlib_SOURCE_DIR}")
target_compile_definitions(third_party_zlib PRIVATE NO_GZIP)  # no gzip headers: drops crc32 and its tables
target_compile_options(third_party_zlib PRIVATE -O2 -w)

# The default window (15) adds a megabyte of tables for a verification that is a little faster.
add_library(third_party_secp256k1 STATIC
  "${CMAKE_CURRENT_LIST_DIR}/secp256k1.c"
  "${secp256k1_SOURCE_DIR}/src/precomputed_ecmult.c")
target_include_directories(third_party_secp256k1 SYSTEM PUBLIC "${secp256k1_SOURCE_DIR}/include")
target_include_directories(third_party_secp256k1 PRIVATE "${secp256k1_SOURCE_DIR}")
target_compile_definitions(third_party_secp256k1 PRIVATE
  ENABLE_MODULE_EXTRAKEYS=1 ENABLE_MODULE_SCHNORRSIG=1 ECMULT_WINDOW_SIZE=6 ECMULT_GEN_PREC_BITS=2)
target_compile_options(third_party_secp256k1 PRIVATE -O3 -w)

add_library(third_party_msgpack INTERFACE)
target_include_directories(third_party_msgpack SYSTEM INTERFACE "${msgpack_SOURCE_DIR}/include")
target_compile_definitions(third_party_msgpack INTERFACE MSGPACK_NO_BOOST)

add_library(third_party_nlohmann INTERFACE)
target_include_directories(third_party_nlohmann SYSTEM INTERFACE "${nlohmann_SOURCE_DIR}/include")
