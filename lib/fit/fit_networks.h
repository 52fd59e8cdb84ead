#pragma once

#include <memory>

#include "infer/faces/face_reader.h"
#include "infer/infer_options.h"
#include "infer/parse/parser.h"
#include "infer/pose_model.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// The networks of a rendering and the threads that run them: what takes long to load and does not
/// depend on the clip, the batches or the garment. Serves several runs, one at a time; others of
/// the same networks that live meanwhile share the weights (models/network_cache.h).
class FitNetworks {
  public:
    /// Loads what `options` name, onto their device. `serial`: no threads but the caller's;
    /// `cores`: as many networks run side by side, 0: as on all. Throws ConfigError for values out
    /// of range, ModelError where a file or the device is missing.
    FitNetworks(const InferOptions& options, bool serial, unsigned cores = 0);

    /// True when a run with those settings can use these networks: settings that only say how
    /// people are followed do not matter.
    bool serve(const InferOptions& options, bool serial) const;

    const std::shared_ptr<PoseModel>& model() const { return model_; }
    /// Null where the model finds people itself.
    const std::shared_ptr<PersonDetector>& detector() const { return detector_; }

    /// Null where the options name none, or nothing is fetched.
    const std::shared_ptr<PersonParser>& parser() const { return parser_; }
    /// Whose face InferOptions::face_photo shows; null where there is none.
    const std::shared_ptr<const FaceQuery>& face() const { return face_; }

    double load_s() const { return load_s_; }  ///< that the constructor took

  private:
    InferOptions options_;
    bool serial_;
    WorkerPool workers_;
    std::shared_ptr<PoseModel> model_;
    std::shared_ptr<PersonDetector> detector_;
    std::shared_ptr<PersonParser> parser_;
    std::shared_ptr<const FaceQuery> face_;
    double load_s_ = 0;
};

}  // namespace closet
