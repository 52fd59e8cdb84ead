# Initial cache of a build inside a bundle (cmake -C): packages come from the bundle's system folder
# and from nowhere else, except LibTorch and the CUDA toolkit.
get_filename_component(_system "${CMAKE_CURRENT_LIST_DIR}" ABSOLUTE)
set(ENV{PKG_CONFIG_LIBDIR} "${_system}/lib/pkgconfig")
set(PKG_CONFIG_EXECUTABLE "${_system}/bin/pkg-config" CACHE FILEPATH "")
foreach(_package fmt nlohmann_json CLI11 doctest)
  set(${_package}_DIR "${_system}/lib/cmake/${_package}" CACHE PATH "")
endforeach()
set(OpenCV_INCLUDE_DIR "${_system}/include/opencv4" CACHE PATH "")
foreach(_name core imgproc imgcodecs)
  set(OpenCV_${_name}_LIBRARY "${_system}/lib/libopencv_${_name}.so" CACHE FILEPATH "")
endforeach()
set(OPENSSL_INCLUDE_DIR "${_system}/include" CACHE PATH "")
set(OPENSSL_CRYPTO_LIBRARY "${_system}/lib/libcrypto.so" CACHE FILEPATH "")
set(CURL_INCLUDE_DIR "${_system}/include" CACHE PATH "")
set(CURL_LIBRARY "${_system}/lib/libcurl.so" CACHE FILEPATH "")
set(TOMLPLUSPLUS_INCLUDE_DIR "${_system}/include" CACHE PATH "")
set(CLOSET_PROTOC "${_system}/bin/protoc" CACHE FILEPATH "")
set(CLOSET_ONNX_SCHEMA "${_system}/include" CACHE PATH "")
set(CLOSET_CEREAL "${_system}/include" CACHE PATH "")
# RPATH and not RUNPATH: only the former also counts for the libraries' own dependencies.
set(CMAKE_EXE_LINKER_FLAGS
  "-Wl,--disable-new-dtags -Wl,-rpath,${_system}/lib -Wl,-rpath-link,${_system}/lib" CACHE STRING "")
set(CMAKE_MODULE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS}" CACHE STRING "")
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CLOSET_WINDOW OFF CACHE STRING "")  # highgui drags in all of Qt
