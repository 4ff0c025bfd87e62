# The two WebAssembly modules.
#   weft-core    the replica behind wasm/bindings.cpp, loaded by every page: an ES module factory (`weft-core.js`)
#                with its `.wasm` beside it
#   weft-crypto  secp256k1 and the Nostr protocol behind wasm/crypto.cpp, loaded when rtc is on: a bare `.wasm`
#                that imports nothing it needs, so js/crypto instantiates it without any glue

# A page downloads this: floors whose speed nobody feels are built small. Values, operations and the graph stay
# fast, and of the others what a put, a get, a scan or a live event passes through.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  foreach(floor store query access sync core)
    get_target_property(kind weft_${floor} TYPE)
    if(NOT kind STREQUAL "INTERFACE_LIBRARY")
      target_compile_options(weft_${floor} PRIVATE -Oz)
    endif()
  endforeach()
  set_source_files_properties(
    src/store/crc32c.cpp src/store/fields.cpp src/store/journal_writer.cpp
    src/query/match.cpp src/query/column_match.cpp src/query/literal.cpp src/query/like.cpp src/query/execute.cpp src/query/plan.cpp src/query/ordered.cpp src/query/query.cpp src/query/order.cpp
    src/query/round.cpp src/query/set_watch.cpp src/query/tracking.cpp src/query/interests.cpp src/query/live_queries.cpp src/query/texts.cpp src/query/geo.cpp
    src/core/commands.cpp src/core/ingest.cpp src/core/outbox.cpp src/core/reads.cpp src/core/effects.cpp
    PROPERTIES COMPILE_OPTIONS -O3)
endif()

set(weft_module_options
  -sMODULARIZE=1 -sEXPORT_ES6=1
  -sENVIRONMENT=web,worker         # with `node` in it the 3.1.6 loader breaks; in Node the shim passes `wasmBinary`
  -sWASM_BIGINT=1                  # 64-bit integers through Embind
  -sDYNAMIC_EXECUTION=0            # no eval: runs under `script-src 'wasm-unsafe-eval'`
  -sFILESYSTEM=0 -sMALLOC=emmalloc
  -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=3MB   # what a small database needs; the default of 16 MB presses on the collector
  -sMEMORY_GROWTH_GEOMETRIC_CAP=2MB              # and grows in small steps, so that a page holds little more than what it uses
  -sTOTAL_STACK=1MB                # the deepest values and queries that are allowed pass with a quarter of it
  -sINCOMING_MODULE_JS_API=wasmBinary,instantiateWasm,locateFile,print,printErr,onAbort
  $<$<CONFIG:Debug>:-sASSERTIONS=1>
  $<$<NOT:$<CONFIG:Debug>>:-sASSERTIONS=0>)

# Up to 3.x the heap views are always on the module object; later they are asked for.
if(EMSCRIPTEN_VERSION VERSION_GREATER_EQUAL 4.0)
  list(APPEND weft_module_options -sEXPORTED_RUNTIME_METHODS=HEAPU8)
endif()

function(weft_module name library sources)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${library} weft_rules)
  target_link_options(${name} PRIVATE ${weft_module_options} ${ARGN})
endfunction()

file(GLOB core_sources CONFIGURE_DEPENDS wasm/bindings*.cpp wasm/core*.cpp)
file(GLOB crypto_sources CONFIGURE_DEPENDS wasm/crypto*.cpp)
weft_module(weft-core weft_core "${core_sources}" --bind)

if(crypto_sources)
  add_executable(weft-crypto ${crypto_sources})
  set_target_properties(weft-crypto PROPERTIES SUFFIX ".wasm")
  target_link_libraries(weft-crypto PRIVATE weft_net weft_rules)
  # Fixed memory: the largest event's canonical text needs under 2 MB.
  target_link_options(weft-crypto PRIVATE -sSTANDALONE_WASM=1 --no-entry -sFILESYSTEM=0 -sMALLOC=emmalloc
    -sTOTAL_STACK=128KB -sINITIAL_MEMORY=4MB)
endif()
