# Third-party packages as imported targets. Nothing is downloaded here: scripts/setup does that.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(FFmpeg REQUIRED IMPORTED_TARGET
  libavformat libavcodec libavdevice libavfilter libswscale libavutil)
pkg_check_modules(Lcms REQUIRED IMPORTED_TARGET lcms2 zlib)
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
if(CLOSET_TESTS)
  find_package(doctest REQUIRED)
  include(doctest)
endif()
