#pragma once

#include <exception>
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

/// Note [Exceptions of libraries]
/// LibTorch, OpenCV and the standard library throw exceptions of their own, with texts for their
/// developers: several lines, places in their source, a stack. None of them reaches a user as it
/// is. Where a stage calls a library and can say more of what failed, it catches the library's
/// exception and throws an `Error`. All others become one sentence at a boundary: where a thread
/// ends (`ThreadGroup`), where work goes on after a failure, and in `main`. libav throws nothing;
/// see `av_check`. What else an exception said is kept for --verbose.

/// What became of a library's exception.
class ForeignError : public Error {
  public:
    ForeignError(const std::string& sentence, std::string details)
        : Error(sentence), details_(std::move(details)) {}
    const std::string& details() const { return details_; }

  private:
    std::string details_;
};

/// One sentence for any exception: the text of an `Error` as it is.
std::string sentence_of(const std::exception& error);

/// The exception's type and all that it says, in lines; empty for errors of our own, whose sentence
/// is all.
std::string details_of(const std::exception& error);

/// The exception that is being handled (in a `catch`): an `Error` as it is, any other as a
/// `ForeignError`.
std::exception_ptr current_error();

}  // namespace closet
