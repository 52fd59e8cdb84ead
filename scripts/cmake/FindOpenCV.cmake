# OpenCV's libraries one by one: opencv_NAME for each component.
#
# Debian keeps OpenCVConfig.cmake in libopencv-dev, which depends on every module with VTK, HDF5 and a
# gigabyte of others. The headers and libraries of one module are a package of their own, and all that is needed.
find_path(OpenCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
if(OpenCV_INCLUDE_DIR)
  file(STRINGS ${OpenCV_INCLUDE_DIR}/opencv2/core/version.hpp _lines
    REGEX "#define CV_VERSION_(MAJOR|MINOR|REVISION) +[0-9]+")
  string(REGEX REPLACE "#define CV_VERSION_[A-Z]+ +" "" _lines "${_lines}")
  string(REPLACE ";" "." OpenCV_VERSION "${_lines}")
endif()

set(_core)  # every module depends on core; the linker need not find that out by itself
foreach(_name core ${OpenCV_FIND_COMPONENTS})
  find_library(OpenCV_${_name}_LIBRARY opencv_${_name})
  find_path(OpenCV_${_name}_HEADER opencv2/${_name}.hpp HINTS ${OpenCV_INCLUDE_DIR})
  mark_as_advanced(OpenCV_${_name}_LIBRARY OpenCV_${_name}_HEADER)
  if(OpenCV_${_name}_LIBRARY AND OpenCV_${_name}_HEADER)
    set(OpenCV_${_name}_FOUND TRUE)
    if(NOT TARGET opencv_${_name})
      add_library(opencv_${_name} SHARED IMPORTED GLOBAL)
      set_target_properties(opencv_${_name} PROPERTIES
        IMPORTED_LOCATION ${OpenCV_${_name}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR}
        INTERFACE_LINK_LIBRARIES "${_core}")
    endif()
  endif()
  set(_core opencv_core)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS OpenCV_INCLUDE_DIR VERSION_VAR OpenCV_VERSION
  HANDLE_COMPONENTS)
set(OpenCV_INCLUDE_DIRS ${OpenCV_INCLUDE_DIR})
