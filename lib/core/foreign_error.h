#pragma once

#include <exception>
#include <string>

#include "core/error.h"

namespace closet {

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
