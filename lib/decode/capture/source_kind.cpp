#include <filesystem>

#include "decode/capture/capture.h"

namespace closet {

namespace fs = std::filesystem;

SourceKind kind_of_source(const std::string& input) {
    if (input == "-" || input == "pipe:" || input == "pipe:0" || input == "/dev/stdin") {
        return SourceKind::kPipe;
    }
    if (input.starts_with("lavfi:")) {
        return SourceKind::kLavfi;
    }
    if (input.starts_with("v4l2:") || input.starts_with("/dev/video")) {
        return SourceKind::kCamera;
    }
    std::error_code ignored;
    switch (fs::status(input, ignored).type()) {
        case fs::file_type::character:
            return SourceKind::kCamera;  // /dev/v4l/by-id/...
        case fs::file_type::fifo:
            return SourceKind::kPipe;
        case fs::file_type::not_found:
            break;
        default:
            return SourceKind::kFile;
    }
    const bool is_url = input.find("://") != std::string::npos && !input.starts_with("file:");
    return is_url ? SourceKind::kNetwork : SourceKind::kFile;
}

std::string_view to_string(SourceKind kind) {
    switch (kind) {
        case SourceKind::kCamera:
            return "camera";
        case SourceKind::kFile:
            return "file";
        case SourceKind::kNetwork:
            return "network";
        case SourceKind::kPipe:
            return "pipe";
        case SourceKind::kLavfi:
            return "lavfi";
    }
    return "";
}

}  // namespace closet
