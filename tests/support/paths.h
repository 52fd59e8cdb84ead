#pragma once

#include <filesystem>

// Defined in a file that CMake writes, so that no test's own text depends on where the project
// lies: ccache then knows it again in another clone.
namespace closet::test {

/// The project's folder.
std::filesystem::path source_folder();

/// The folder of this build; `tools/closet/closet` in it is the program.
std::filesystem::path build_folder();

}  // namespace closet::test
