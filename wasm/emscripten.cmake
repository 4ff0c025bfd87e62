# What every translation unit and both modules share under Emscripten (3.1.6, Debian 12's, and newer).

# msgpack-cxx and nlohmann_json need exceptions to exist; the wasm ones cost 10 KB, the emulated ones 28 KB.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fwasm-exceptions>)
add_link_options(-fwasm-exceptions)
