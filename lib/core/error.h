#pragma once

#include <stdexcept>
#include <string>

namespace closet {

/// What a user is told when something fails. The text is one sentence that names what failed, on
/// which file or flag, why, and the remedy where one is known. Thrown anywhere, caught only in a
/// pipeline's thread body (to carry it over) and in `main`.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A flag, config key or combination of settings that cannot be used. Exit code 2.
class ConfigError : public Error {
  public:
    using Error::Error;
};

/// A media file or stream that cannot be read or written. Keeps libav's code (0 where none).
class MediaError : public Error {
  public:
    explicit MediaError(const std::string& what, int averror = 0)
        : Error(what), averror_(averror) {}
    int averror() const { return averror_; }

  private:
    int averror_;
};

/// A model file, network or inference device that cannot be used.
class ModelError : public Error {
  public:
    using Error::Error;
};

/// libav's text for a negative return code, e.g. "Invalid data found when processing input".
std::string av_error_text(int averror);

/// Returns `code` when it is not negative; otherwise throws MediaError("<what>: <libav's text>").
int av_check(int code, const std::string& what);

}  // namespace closet
