# What every translation unit and both modules share under Emscripten (3.1.6, Debian 12's, and newer).

# msgpack-cxx and nlohmann_json need exceptions to exist; the native ones of WebAssembly are smaller than emulated ones.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fwasm-exceptions>)
add_link_options(-fwasm-exceptions)

# Debian's emcc looks for acorn along NODE_PATH when it minifies the glue, and does not set it.
if(EXISTS /usr/share/nodejs/acorn)
  set(weft_link_env ${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs)
  set(CMAKE_C_LINKER_LAUNCHER ${weft_link_env})
  set(CMAKE_CXX_LINKER_LAUNCHER ${weft_link_env})
endif()
