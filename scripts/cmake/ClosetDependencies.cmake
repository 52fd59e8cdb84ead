# Third-party packages as imported targets. Nothing is downloaded here: scripts/setup does that.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(FFmpeg REQUIRED IMPORTED_TARGET
  libavformat libavcodec libavdevice libavfilter libswscale libavutil)
pkg_check_modules(Lcms REQUIRED IMPORTED_TARGET lcms2)
pkg_check_modules(Zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(Jpeg REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(Webp REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(Utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(Protobuf REQUIRED IMPORTED_TARGET protobuf-lite)
find_program(CLOSET_PROTOC protoc REQUIRED)
find_path(CLOSET_ONNX_SCHEMA onnx/onnx.proto REQUIRED) # in Debian's libonnx-dev
find_path(CLOSET_CEREAL cereal/cereal.hpp REQUIRED) # in Debian's libcereal-dev
find_package(OpenCV 4 REQUIRED COMPONENTS core imgproc)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

# OpenCV's own targets, without the include folder that would shadow others and without unused modules.
add_library(closet_opencv INTERFACE)
target_include_directories(closet_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(closet_opencv INTERFACE opencv_core opencv_imgproc)

set(CLOSET_HAS_WINDOW OFF)
if(NOT CLOSET_WINDOW STREQUAL "OFF")
  find_package(OpenCV 4 QUIET COMPONENTS core imgproc OPTIONAL_COMPONENTS highgui)
  find_path(CLOSET_HIGHGUI opencv2/highgui.hpp HINTS ${OpenCV_INCLUDE_DIRS} NO_DEFAULT_PATH)
  pkg_check_modules(Xcb QUIET IMPORTED_TARGET xcb)
  if(TARGET opencv_highgui AND CLOSET_HIGHGUI AND Xcb_FOUND)
    set(CLOSET_HAS_WINDOW ON)
  elseif(CLOSET_WINDOW STREQUAL "ON")
    message(FATAL_ERROR "CLOSET_WINDOW=ON needs OpenCV's highgui and xcb; scripts/setup brings both")
  endif()
endif()

if(CLOSET_TORCH)
  find_package(LibTorch 2.6 REQUIRED)
endif()

set(CLOSET_HAS_TESTS OFF)
if(NOT CLOSET_TESTS STREQUAL "OFF")
  find_package(OpenCV 4 QUIET COMPONENTS core OPTIONAL_COMPONENTS imgcodecs)
  find_package(doctest QUIET)
  if(doctest_FOUND AND TARGET opencv_imgcodecs)
    set(CLOSET_HAS_TESTS ON)
    include(doctest)
  elseif(CLOSET_TESTS STREQUAL "AUTO")
    message(STATUS "The tests are not built: they need doctest and OpenCV's imgcodecs; scripts/setup brings both")
  else()
    message(FATAL_ERROR "CLOSET_TESTS=ON needs doctest and OpenCV's imgcodecs; scripts/setup brings both")
  endif()
endif()
