# What is installed beside the program, and the Debian package: `cpack -G DEB` in a build folder, or scripts/package.
#
# The part of the program with LibTorch lies in a folder of its own, and beside it the two libraries of LibTorch that it
# loads (their libgomp is Debian's).
# Without their symbol tables they are a fifth smaller. LibTorch for CUDA needs gigabytes of NVIDIA's libraries: such a build
# is installed without, finds LibTorch where the build did, and is not packed.
set(private_folder lib/closet)
set(doc_folder ${CMAKE_INSTALL_DATAROOTDIR}/doc/closet)
file(RELATIVE_PATH from_program /${CMAKE_INSTALL_BINDIR} /${private_folder})
set_target_properties(closet PROPERTIES INSTALL_RPATH "$ORIGIN/${from_program}")
set_target_properties(closet_torch_library PROPERTIES INSTALL_RPATH "$ORIGIN")
install(TARGETS closet_torch_library LIBRARY DESTINATION ${private_folder})
if(LibTorch_torch_cuda)
  set_target_properties(closet_torch_library PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/refuse_package.cmake)
  file(WRITE ${CPACK_PROJECT_CONFIG_FILE} "message(FATAL_ERROR \"no package is made with LibTorch for CUDA, which \
needs gigabytes of NVIDIA's libraries: configure with -D TORCH_DIR=FOLDER, the torch folder of a CPU wheel, or install \
this build here with cmake --install\")\n")
else()
  install(FILES ${LibTorch_torch_cpu} ${LibTorch_c10} DESTINATION ${private_folder})
  install(CODE "
    execute_process(COMMAND ${CMAKE_STRIP} --strip-unneeded libtorch_cpu.so libc10.so
      WORKING_DIRECTORY \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${private_folder} COMMAND_ERROR_IS_FATAL ANY)")
  file(GLOB torch_license ${TORCH_DIR}/../torch-*.dist-info/licenses/LICENSE ${TORCH_DIR}/../torch-*.dist-info/LICENSE)
  if(torch_license)
    list(GET torch_license 0 torch_license)
    install(FILES ${torch_license} DESTINATION ${doc_folder} RENAME LICENSE.LibTorch)
  endif()
endif()

install(FILES NOTICE DESTINATION ${doc_folder} RENAME copyright)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${doc_folder})
install(FILES models/README.md DESTINATION ${doc_folder} RENAME models.md)
install(DIRECTORY configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/closet)

# The program writes these about itself. Debian's zsh looks into other folders than that of /usr/local.
install(CODE "
  set(share \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR})
  set(zsh site-functions)
  if(CMAKE_INSTALL_PREFIX MATCHES \"/usr/?$\")
    set(zsh vendor-completions)
  endif()
  function(write_from_program path)
    message(STATUS \"Installing: \${path}\")
    get_filename_component(folder \${path} DIRECTORY)
    file(MAKE_DIRECTORY \${folder})
    execute_process(COMMAND $<TARGET_FILE:closet> \${ARGN} OUTPUT_FILE \${path} COMMAND_ERROR_IS_FATAL ANY)
    list(APPEND CMAKE_INSTALL_MANIFEST_FILES \${path})
    set(CMAKE_INSTALL_MANIFEST_FILES \${CMAKE_INSTALL_MANIFEST_FILES} PARENT_SCOPE)
  endfunction()
  write_from_program(\${share}/man/man1/closet.1 man)
  write_from_program(\${share}/bash-completion/completions/closet completion bash)
  write_from_program(\${share}/zsh/\${zsh}/_closet completion zsh)
  write_from_program(\${share}/fish/vendor_completions.d/closet.fish completion fish)")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME closet)
set(CPACK_PACKAGE_CONTACT "the Smart Closet authors")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Opened when it is needed, so that no tool sees it.
string(REGEX MATCH "^[0-9]+" avdevice "${FFmpeg_libavdevice_VERSION}")
set(CPACK_DEBIAN_PACKAGE_DEPENDS libavdevice${avdevice})
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)  # for `closet models fetch`
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "closet fit renders files, closet live previews a camera, closet bench measures.
LibTorch for the CPU is inside. Networks are not: closet models fetch brings them.")
include(CPack)
