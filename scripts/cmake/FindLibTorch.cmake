# LibTorch::LibTorch from a PyPI torch wheel, CPU or CUDA, without Caffe2's CMake files.
#   TORCH_DIR     the wheel's torch/ folder (default: asked of ${TORCH_PYTHON}, python3)
#   CLOSET_CUDA      AUTO | ON | OFF
# Sets LibTorch_CUDA, LibTorch_VERSION.  Enables the CUDA language when torch_cuda and nvcc are there.
set(TORCH_PYTHON python3 CACHE STRING "python that has torch")
if(NOT TORCH_DIR)
  execute_process(COMMAND ${TORCH_PYTHON} -c
    "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE _t OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE _rc ERROR_QUIET)
  if(_rc EQUAL 0)
    set(TORCH_DIR "${_t}" CACHE PATH "torch folder of the wheel" FORCE)
  endif()
endif()
find_path(LibTorch_INCLUDE torch/headeronly/version.h PATHS ${TORCH_DIR}/include NO_DEFAULT_PATH)
if(LibTorch_INCLUDE)
  file(STRINGS ${LibTorch_INCLUDE}/torch/headeronly/version.h _v REGEX "TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  string(REGEX REPLACE "[^0-9;]" "" _v "${_v}")
  string(REPLACE ";" "." LibTorch_VERSION "${_v}")
endif()
foreach(l torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(LibTorch_${l} ${l} PATHS ${TORCH_DIR}/lib NO_DEFAULT_PATH)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_INCLUDE LibTorch_torch_cpu LibTorch_c10
  VERSION_VAR LibTorch_VERSION)

set(LibTorch_CUDA OFF)
if(LibTorch_torch_cuda AND LibTorch_c10_cuda AND NOT CLOSET_CUDA STREQUAL "OFF")
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80 90)
  endif()
  include(CheckLanguage)
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS /usr/local/cuda/bin/nvcc)
    set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(LibTorch_CUDA ON)
  elseif(CLOSET_CUDA STREQUAL "ON")
    message(FATAL_ERROR "torch has CUDA but no nvcc was found")
  endif()
elseif(CLOSET_CUDA STREQUAL "ON")
  message(FATAL_ERROR "CLOSET_CUDA=ON but ${TORCH_DIR}/lib has no libtorch_cuda.so")
endif()

set(_libs ${LibTorch_torch_cpu} ${LibTorch_c10})
set(_inc ${LibTorch_INCLUDE} ${LibTorch_INCLUDE}/torch/csrc/api/include)
set(_rpath ${TORCH_DIR}/lib)
add_library(LibTorch::LibTorch INTERFACE IMPORTED)
if(LibTorch_CUDA)
  enable_language(CUDA)
  set(CMAKE_CUDA_RUNTIME_LIBRARY None)           # not the static default: share torch's libcudart
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)   # Debian 12's CMake 3.25 does not know nvcc's C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  # cublas, cusparse and cusolver headers (ATen/cuda/CUDAContext.h wants them) come with the
  # nvidia-* wheels beside torch; the toolkit's own cuda_runtime.h must stay first.
  get_filename_component(_site ${TORCH_DIR} DIRECTORY)
  find_path(LibTorch_NV_INCLUDE cublas_v2.h
    HINTS ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES} ${_site}/nvidia/cu13/include NO_DEFAULT_PATH)
  find_library(LibTorch_cudart NAMES libcudart.so.13 cudart NAMES_PER_DIR
    HINTS ${_site}/nvidia/cu13/lib ${CMAKE_CUDA_HOST_IMPLICIT_LINK_DIRECTORIES} ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} NO_DEFAULT_PATH)
  # -Wl,--no-as-needed: nothing in the program names a symbol of torch_cuda, yet its static
  # registrations must be loaded, else torch::cuda::is_available() stays false on a GPU machine.
  list(APPEND _libs "-Wl,--push-state,--no-as-needed" ${LibTorch_torch_cuda} "-Wl,--pop-state"
    ${LibTorch_c10_cuda} ${LibTorch_cudart})
  target_compile_definitions(LibTorch::LibTorch INTERFACE USE_CUDA CLOSET_CUDA=1)
  target_compile_options(LibTorch::LibTorch INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr --extended-lambda -Xcudafe --diag_suppress=20012
      -diag-suppress=3189,611,177>)
endif()
target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE ${_inc})
# Among them is an fmt newer than the system's, whose library does not fit it.
target_compile_definitions(LibTorch::LibTorch INTERFACE FMT_HEADER_ONLY=1)
if(LibTorch_CUDA)
  # -idirafter, toolkit first: only what the toolkit lacks (cublas_v2.h, cusparse.h, ...) comes from the wheels
  foreach(i ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES} ${LibTorch_NV_INCLUDE})
    target_compile_options(LibTorch::LibTorch INTERFACE
      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-idirafter ${i}>"
      "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-idirafter,${i}>")
  endforeach()
endif()
target_link_libraries(LibTorch::LibTorch INTERFACE ${_libs})
