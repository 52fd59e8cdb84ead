# Third-party packages as imported targets. Nothing is downloaded here: scripts/setup does that.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(FFmpeg REQUIRED IMPORTED_TARGET
  libavformat libavcodec libavdevice libavfilter libswscale libavutil)
find_package(OpenCV 4 REQUIRED COMPONENTS core imgproc)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

# OpenCV's own targets, without the include folder that would shadow others and without unused modules.
add_library(closet_opencv INTERFACE)
target_include_directories(closet_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(closet_opencv INTERFACE opencv_core opencv_imgproc)

if(CLOSET_TORCH)
  find_package(LibTorch 2.6 REQUIRED)
endif()
if(CLOSET_TESTS)
  find_package(doctest REQUIRED)
  include(doctest)
endif()
