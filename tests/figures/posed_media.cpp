#include "posed_media.h"

#include <memory>
#include <optional>
#include <utility>

#include "batch/batch.h"
#include "decode/decode.h"
#include "infer/infer.h"
#include "infer/parse/parser.h"
#include "infer/pose_models.h"
#include "interpolate/interpolate.h"
#include "pipeline/serial.h"

namespace closet::figures {
namespace {

/// The next frames of a file.
class Part {
  public:
    using Output = Frame;
    static constexpr std::string_view kName = Decode::kName;
    Part(Decode& decode, int most) : decode_(decode), left_(most) {}
    std::optional<Frame> next() { return left_-- > 0 ? decode_.next() : std::nullopt; }

  private:
    Decode& decode_;
    int left_;
};

class Use {
  public:
    using Input = PosedFrame;
    static constexpr std::string_view kName = "use";
    explicit Use(const std::function<void(PosedFrame)>& use) : use_(use) {}
    void consume(PosedFrame frame) { use_(std::move(frame)); }
    void finish() {}

  private:
    const std::function<void(PosedFrame)>& use_;
};

}  // namespace

struct PosedMedia::Networks {
    InferOptions options;
    WorkerPool workers{0};
    std::shared_ptr<PoseModel> model;
    std::shared_ptr<PersonParser> parser;
};

PosedMedia::PosedMedia(const std::string& parser) : networks_(std::make_unique<Networks>()) {
    networks_->options.masks = true;
    networks_->options.parser = parser;
    networks_->parser = make_parser(networks_->options, networks_->workers);
    networks_->model = make_pose_model(networks_->options, networks_->workers);
}
PosedMedia::~PosedMedia() = default;

void PosedMedia::each_frame(const std::string& input, const std::function<void(PosedFrame)>& use,
                            int skipped, int most) {
    Decode decode(input);
    for (int i = 0; i < skipped; ++i) {
        decode.next();
    }
    Part part(decode, most);
    Batch batch;
    Infer infer(networks_->model, nullptr, networks_->parser, networks_->options);
    Interpolate interpolate;
    Use sink(use);
    run_serial({}, part, batch, infer, interpolate, sink);
}

}  // namespace closet::figures
