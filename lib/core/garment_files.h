#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace closet {

/// True where `a` comes before `b` for a person: numbers in names by their value ("2" before "10"),
/// letters without regard to case.
bool natural_less(const std::string& a, const std::string& b);

/// The garment files that `paths` name: folders stand for the pictures directly in them (PNG, JPEG,
/// WebP, TIFF by their endings, hidden files left out) in natural order. Throws ConfigError for a
/// path that is absent or cannot be read, and for a folder without pictures.
std::vector<std::filesystem::path> garment_files(const std::vector<std::string>& paths);

}  // namespace closet
