#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/new_file.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

/// Devices and pipes take bytes from several, and none is lost by that.
bool is_replaced(const fs::path& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    return !path.empty() && (!fs::exists(status) || fs::is_regular_file(status));
}

fs::path whole_name(const fs::path& path) {
    std::error_code ignored;
    // Absolute first: of a relative path that does not exist nothing would be resolved.
    return fs::weakly_canonical(fs::absolute(behind_links(path), ignored), ignored);
}

/// Files by what is_same_file goes by.
class FilesByName {
  public:
    void add(const fs::path& path, const NamedFile& file) {
        by_name_.emplace(whole_name(path), &file);
        if (const auto node = node_of(path)) {
            by_node_.emplace(*node, &file);
        }
    }

    /// The first that was added of those that `path` leads to; null where there is none.
    const NamedFile* find(const fs::path& path) const {
        if (const auto found = by_name_.find(whole_name(path)); found != by_name_.end()) {
            return found->second;
        }
        const auto node = node_of(path);
        const auto found = node ? by_node_.find(*node) : by_node_.end();
        return found != by_node_.end() ? found->second : nullptr;
    }

  private:
    using Node = std::pair<dev_t, ino_t>;

    static std::optional<Node> node_of(const fs::path& path) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            return std::nullopt;
        }
        return Node(status.st_dev, status.st_ino);
    }

    std::map<fs::path, const NamedFile*> by_name_;
    std::map<Node, const NamedFile*> by_node_;
};

}  // namespace

bool is_same_file(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return !a.empty() && !b.empty() &&
           (fs::equivalent(a, b, ignored) || whole_name(a) == whole_name(b));
}

void check_names(const std::vector<NamedFile>& reads, const std::vector<NamedFile>& writes) {
    FilesByName read, written, working;
    for (const NamedFile& file : reads) {
        std::error_code ignored;
        if (fs::exists(file.path, ignored)) {
            read.add(file.path, file);
        }
    }
    for (const NamedFile& file : writes) {
        const fs::path& path = file.path;
        if (!is_replaced(path)) {
            continue;
        }
        const fs::path partial = partial_path(behind_links(path));
        for (const fs::path& name : {path, partial}) {
            if (const NamedFile* const input = read.find(name)) {
                throw MediaError(fmt::format(
                    "cannot write {}: it is {} itself, this would overwrite it, choose another "
                    "{}",
                    path.string(), input->what, file.what == "-o" ? "output" : "name"));
            }
        }
        for (const NamedFile* const other :
             {written.find(path), written.find(partial), working.find(path)}) {
            if (other != nullptr) {
                throw ConfigError(fmt::format("{} {}: {} names the same file, choose another",
                                              file.what, path.string(), other->what));
            }
        }
        written.add(path, file);
        working.add(partial, file);
    }
}

void keep_latest(const std::filesystem::path& folder, std::string_view ending, std::size_t most,
                 std::uintmax_t most_bytes) {
    struct Kept {
        std::filesystem::file_time_type used;
        std::filesystem::path path;
        std::uintmax_t bytes;
    };
    std::vector<Kept> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        const auto used = entry->last_write_time(gone);
        const std::uintmax_t bytes = gone ? 0 : entry->file_size(gone);
        if (!gone && entry->path().extension() == ending) {
            files.push_back({used, entry->path(), bytes});
        }
    }
    std::sort(files.begin(), files.end(),
              [](const Kept& a, const Kept& b) { return a.used > b.used; });
    std::uintmax_t sum = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        sum += files[i].bytes;
        if (i >= most || sum > most_bytes) {
            std::filesystem::remove(files[i].path, error);
        }
    }
}

LineFile::~LineFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void LineFile::append(std::string_view lines) {
    pending_ += lines;
    if (descriptor_ < 0) {
        open();
    }
    const std::size_t written = write_all(descriptor_, pending_.data(), pending_.size());
    if (written == pending_.size()) {
        pending_.clear();
        size_ += written;
        return;
    }
    const int error = errno;
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) {
        pending_.erase(0, written);  // a pipe: what went is gone
    }
    claim_.fail(error);
}

void LineFile::open() {
    if (claim_.is_direct()) {
        descriptor_ = ::fcntl(claim_.descriptor(), F_DUPFD_CLOEXEC, 0);
    } else {
        replace_file(claim_.path(), pending_, {.ending = ".new"});
        size_ = pending_.size();
        pending_.clear();
        descriptor_ = ::open(claim_.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    }
    if (descriptor_ < 0) {
        claim_.fail(errno);
    }
}

}  // namespace closet
