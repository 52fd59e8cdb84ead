#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <istream>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/pose.h"
#include "infer/faces/face_reader.h"
#include "infer/faces/wanted_person.h"
#include "infer/infer_options.h"
#include "infer/parse/label_people.h"
#include "infer/pose_model.h"
#include "infer/track/needed_readings.h"
#include "infer/track/people_tracker.h"
#include "infer/track/person_tracker.h"
#include "infer/track/picture_motion.h"
#include "pipeline/concepts.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// Throws ConfigError for values out of range, unknown names and impossible combinations, and
/// ModelError for a device that is not there. Loads nothing.
void validate(const InferOptions& options);

/// Key frames up to this long before somebody is found are looked at again, seconds; ...
inline constexpr double kMostLookBackS = 1.0;
/// ... and frames up to so many.
inline constexpr std::size_t kMostLookBackFrames = 60;

/// A view of a stream without the frame that it was made of.
struct StreamView {
    const View* view = nullptr;  ///< not owned
    double time_s = 0;           ///< later than that of every view before, also of earlier calls
    bool scene_start = false;    ///< a cut lies between the view before and this one

    template <class Archive>
    void serialize(Archive& archive) {
        archive(time_s, scene_start);  // `view` is set by who owns it
    }
};

/// Finds the people on each key frame of a batch: the most prominent one, or with a detector or
/// `max_people` above 1 several. The poses of a key frame are in the order of their person_id,
/// which counts up from 0 as people appear, the larger ones first. See Note [Regions of a batch].
class Infer {
  public:
    using Input = FrameBatch;
    using Output = PosedBatch;
    static constexpr std::string_view kName = "infer";

    /// Loads the model that the options name; `workers` must outlive this. Throws ConfigError or
    /// ModelError.
    Infer(const InferOptions& options, WorkerPool& workers);

    /// With networks that are loaded already and may serve several runs, one at a time. `detector`:
    /// null where the model finds people itself; `parser`: null where nobody looks at labels. Of
    /// the options only those of tracking and of how often people are parsed count, and none is
    /// checked. `face`: whose poses are marked as the wanted person's (Pose::is_wanted, see
    /// Note [Whose face]); null: nobody's.
    Infer(std::shared_ptr<PoseModel> model, std::shared_ptr<PersonDetector> detector,
          std::shared_ptr<PersonParser> parser, const InferOptions& options,
          std::shared_ptr<const FaceQuery> face = nullptr);
    Infer(std::shared_ptr<PoseModel> model, std::shared_ptr<PersonDetector> detector,
          const InferOptions& options)
        : Infer(std::move(model), std::move(detector), nullptr, options) {}
    Infer(std::shared_ptr<PoseModel> model, const InferOptions& options)
        : Infer(std::move(model), nullptr, options) {}

    /// Poses the batch's key frames and passes the batch on. Of its frames only times and cuts are
    /// read. Throws ModelError where the network fails. Key frames that need no reading (KeyNeed)
    /// are key frames no longer.
    /// Batches in which nobody is found are held back for kMostLookBackS, in case that somebody is
    /// found in the next one and was there before: see Note [Looking back].
    void process(FrameBatch batch, const Emit<PosedBatch>& emit);
    void flush(const Emit<PosedBatch>& emit);

    /// The people in consecutive views of the stream, for whoever holds no frames: one list a view,
    /// in the order of the views, with poses in its shown pixels. What `process` does with the
    /// views of a batch; both may be called in turn. May be empty. Throws ModelError where the
    /// network fails.
    std::vector<std::vector<Pose>> follow(std::span<const StreamView> views);

    /// What is remembered, before the batch is processed that begins with a unit's first frame
    /// (Frame::unit_start). Batches that are held back are part of it, without pixels: whoever
    /// resumes drops those that begin with a placeholder (is_placeholder). See Note [State of a
    /// run]. Loading: before the first batch; same networks and options. Throws what cereal throws
    /// for a state that is cut short.
    void save_state(std::ostream& to) const;
    void load_state(std::istream& from);
    template <class Archive>
    void serialize(Archive& archive) {
        std::visit([&](auto& tracker) { archive(tracker); }, tracker_);
        archive(needed_, motion_, last_, outlines_due_s_, empty_);
        if (labels_) {
            archive(*labels_);
        }
        if (wanted_) {
            archive(*wanted_);
        }
    }

    /// What was done so far, see TrackerCounts.
    const TrackerCounts& counts() const;
    std::int64_t key_frames() const { return counts().views; }
    /// People that a parser looked at.
    std::int64_t parsed() const { return labels_ ? labels_->looks() : 0; }

    /// What is known of the wanted person so far; null where nobody is wanted.
    const WantedPerson* wanted() const { return wanted_ ? &*wanted_ : nullptr; }

  private:
    /// A batch and the people on its key frames.
    struct Posed {
        FrameBatch batch;
        std::vector<StreamView> views;
        std::vector<std::vector<Pose>> poses;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(batch, views, poses);
            for (std::size_t i = 0; i < views.size(); ++i) {
                views[i].view = &batch.keys.at(i).view;
            }
        }
    };
    void look_back(Posed& now);
    bool release(const Emit<PosedBatch>& emit, std::size_t count);

    using Tracker = std::variant<PersonTracker, PeopleTracker>;
    static Tracker make_tracker(PoseModel& model, PersonDetector* detector,
                                const InferOptions& options);
    std::vector<std::vector<Tracked>> track(std::span<const TimedView> views);
    std::vector<Pose> see(const StreamView& view, std::vector<Tracked> people);
    void read(Posed& now);
    Examiner& examiner();
    Pose make_pose(const Tracked& tracked, const cv::Matx23d& shown_from_view);
    std::optional<int> find_wanted(const StreamView& view, const std::vector<Tracked>& people);

    std::shared_ptr<PoseModel> model_;
    std::shared_ptr<PersonDetector> detector_;
    Tracker tracker_;
    NeededReadings needed_;
    PictureMotion motion_;
    std::vector<Pose> last_;  ///< what was found in the last view that was read, with labels
    std::optional<LabelPeople> labels_;
    std::shared_ptr<const FaceQuery> face_;
    std::optional<WantedPerson> wanted_;
    double masks_every_s_;
    double outlines_due_s_ = -std::numeric_limits<double>::infinity();  ///< of masks
    std::deque<Posed> empty_;  ///< batches held back, with nobody on them
};

}  // namespace closet
