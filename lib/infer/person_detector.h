#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "infer/infer_options.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// A person found in a picture.
struct PersonBox {
    Box box;  ///< around the whole visible person, view pixels; may reach out of the picture
    float score = 0;  ///< 0..1
};

/// A network that finds people in pictures, any number of them. Holds no memory of earlier
/// pictures.
class PersonDetector {
  public:
    virtual ~PersonDetector() = default;

    /// The people in each picture (CV_8UC3 R G B, of any size), best score first. Empty where
    /// nobody is. All pictures go through the network together.
    virtual std::vector<std::vector<PersonBox>> find(std::span<const cv::Mat> pictures) = 0;
};

/// One line of the list that `--detector` chooses from.
struct PersonDetectorEntry {
    std::string_view name;  ///< what `--detector` and `find_model` call it
    std::string_view purpose;
};

/// All detectors, the default one first.
std::span<const PersonDetectorEntry> person_detectors();

/// Throws ConfigError, with the names, unless `name` is one of the list or the path of a file.
void check_person_detector(std::string_view name);

/// The detector of that name or file (what `--detector` takes), on the device of `options`.
/// `workers` must outlive it. Throws ConfigError for an unknown name, ModelError where the file or
/// the device is missing.
std::unique_ptr<PersonDetector> make_person_detector(std::string_view name,
                                                     const InferOptions& options,
                                                     WorkerPool& workers);

}  // namespace closet
