# The three OpenCV libraries that a bundle holds, in place of the distribution's file, which wants all.
get_filename_component(_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(OpenCV_INCLUDE_DIRS "${_root}/include/opencv4")
set(_before)
foreach(_name core imgproc imgcodecs)
  if(NOT TARGET opencv_${_name})
    add_library(opencv_${_name} SHARED IMPORTED)
    set_target_properties(opencv_${_name} PROPERTIES
      IMPORTED_LOCATION "${_root}/lib/libopencv_${_name}.so"
      INTERFACE_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}"
      INTERFACE_LINK_LIBRARIES "${_before}")
  endif()
  set(OpenCV_${_name}_FOUND TRUE)
  set(_before opencv_${_name})
endforeach()
