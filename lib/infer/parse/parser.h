#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "infer/infer_options.h"
#include "pipeline/worker_pool.h"

namespace closet {

// Networks that tell what is cloth, skin, hair and which part of the body on a person who is known:
// parsers. Where the person is, and when to look, is not theirs (label_people.h).

/// Points of a label's plane along each side, whatever the region's shape: what the finest of the
/// networks tells (PAN decodes at a quarter of its 512 pixels).
inline constexpr int kLabelPoints = 128;

/// The part of a picture that shows one person, with a margin around her.
struct ParseInput {
    const cv::Mat* picture = nullptr;  ///< CV_8UC3 R G B, upright; not owned
    cv::Rect region;                   ///< inside the picture, not empty
};

/// Maps pixels of a picture to points of the planes that a region of it gets.
cv::Matx23d labels_from_picture(const cv::Rect& region);

/// One network, or several that complement each other. Holds no memory of earlier pictures.
class PersonParser {
  public:
    virtual ~PersonParser() = default;

    /// What `--parser` calls it: "bodypix", "skin-clothes-hair+bodypix", or the file's path.
    virtual std::string name() const = 0;

    /// The labels of one person an input, in order: planes of kLabelPoints squared over the whole
    /// region, and in `labels_from_shown` the matrix of labels_from_picture. All inputs go through
    /// the network together; the result for one does not depend on the others, but for rounding.
    /// Throws ModelError where the network fails.
    virtual std::vector<PersonLabels> look(std::span<const ParseInput> inputs) = 0;
};

/// Makes the parser that `name_or_path` names, on the device of `options`. `workers` must outlive
/// it. Throws ModelError where the file or the device is missing, or the file holds another
/// network.
using MakeParser = std::unique_ptr<PersonParser>(std::string_view name_or_path,
                                           const InferOptions& options, WorkerPool& workers);

/// One line of the list that `--parser` chooses from.
struct ParserEntry {
    std::string_view name;     ///< what `--parser` and `find_model` call it
    std::string_view purpose;  ///< for lists
    MakeParser* make;
};

/// All parsers, those that `auto` takes first, in the order in which it joins them. A new one is
/// one more entry in parsers.cpp.
std::span<const ParserEntry> parsers();

namespace parser_names {
inline constexpr std::string_view kAuto = "auto";  ///< those that are fetched, of the free ones
inline constexpr std::string_view kNone = "none";
}  // namespace parser_names

/// Throws ConfigError, with the names, unless `text` is what `--parser` takes: auto, none, names
/// of the list, of what the user imported or files' paths, joined by '+', none of them twice.
void check_parser(std::string_view text);

/// The parts of such a text; the path of a file is one, whatever is in it. Checks nothing.
std::vector<std::string> parser_parts(std::string_view text);

/// The names that a text stands for, of those that `check_parser` takes: for `auto` the ones of the
/// default pair whose files are in the store, whole; none for `none`. Says once a process in the
/// log what `auto` found, and nothing where that is nothing.
std::vector<std::string> chosen_parsers(std::string_view text);

/// The parser that `options.parser` asks for, on the device of `options`; null for none. Where
/// several tell the same label, the first one named has the say. `workers` must outlive it. Throws
/// ConfigError as check_parser does, ModelError where a file or the device is missing.
std::unique_ptr<PersonParser> make_parser(const InferOptions& options, WorkerPool& workers);

/// A parser of the list that runs a file of its network: which one is told by what the file holds.
/// Throws ModelError where that is none of them.
MakeParser make_parser_of_file;

/// Several parsers as one, see make_parser. `parts`: at least one.
std::unique_ptr<PersonParser> join_parsers(std::vector<std::unique_ptr<PersonParser>> parts);

}  // namespace closet
