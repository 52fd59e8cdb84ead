#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "decode/decode.h"
#include "live/live.h"
#include "live/scripted_model.h"
#include "support/temporary_folder.h"

namespace closet::test {

constexpr std::chrono::seconds kPatience{10};  ///< before a test counts something as never

/// Black at 60 frames a second, without an end: what is painted is brighter.
inline const std::string kBlack = "lavfi:color=black:size=160x120:rate=60";

/// Waits until something has come true.
template <class Condition>
bool eventually(Condition is_true) {
    const auto deadline = LiveClock::now() + kPatience;
    while (!is_true()) {
        if (LiveClock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// A sheet of one color with shoulders. Without them no warp can put it on.
inline std::shared_ptr<Garment> sheet(const std::string& name, int gray, bool has_shoulders) {
    auto garment = std::make_shared<Garment>();
    garment->name = name;
    garment->rgba = cv::Mat(96, 80, CV_8UC4, cv::Scalar(gray, gray, gray, 255));
    if (has_shoulders) {
        garment->anchors = {{"right_shoulder", {20, 14}}, {"left_shoulder", {60, 14}}};
    }
    return garment;
}

/// Nothing but the garment itself is painted, and the affine warp needs no more than shoulders.
inline WarpOptions plain_warp() {
    WarpOptions options;
    options.warp = "affine";
    options.protect_face = false;
    options.occlusion = false;
    options.shadow = 0;
    options.fit_light = false;
    return options;
}

inline LiveOptions options_for(const std::string& input) {
    LiveOptions options;
    options.capture.input = input;
    options.capture.first_backoff_s = 0.02;
    options.capture.max_backoff_s = 0.05;
    options.infer.device = "cpu";
    options.scale = 1;
    options.load.min_interval_s = 0;
    options.warp = plain_warp();
    options.mirror = false;
    options.output.encode.threads = 1;
    return options;
}

inline LiveOptions into_file(LiveOptions options, const std::string& path) {
    options.output.target = path;
    options.output.encode.codec = "ffv1";
    return options;
}

/// Brightness at a place given in shares of the picture.
inline int luma_at(const Frame& frame, double x, double y) {
    const AVFrame& image = *frame.image;
    const int column = static_cast<int>(x * image.width), row = static_cast<int>(y * image.height);
    return image.data[0][row * image.linesize[0] + column];
}
inline int brightest(const Frame& frame) {
    int most = 0;
    for (int y = 0; y < frame.height(); ++y) {
        const std::uint8_t* row = frame.image->data[0] + y * frame.image->linesize[0];
        most = std::max(most, static_cast<int>(*std::max_element(row, row + frame.width())));
    }
    return most;
}

/// On the chest of the person whom ScriptedModel sees.
inline int chest(const Frame& frame, double x = 0.5) {
    return luma_at(frame, x, 0.5);
}

constexpr int kDark = 40, kWhite = 200;  ///< below: black; above: the white sheet

/// A live run with a made-up network and sheets as garments: "white", "gray" and "bad" ones.
class LiveRun {
  public:
    explicit LiveRun(const LiveOptions& options, const std::vector<std::string>& garments = {},
                     const std::stop_token& stop = {})
        : rack_(files(garments), &load),
          model(std::make_shared<ScriptedModel>()),
          live_(std::make_unique<Live>(options, model, nullptr, nullptr, rack_, stop)) {}
    /// A blocked network is let go, even where a test gave up on the way.
    ~LiveRun() { model->gate.open(); }
    LiveRun(const LiveRun&) = delete;
    LiveRun& operator=(const LiveRun&) = delete;
    LiveRun(LiveRun&&) = delete;
    LiveRun& operator=(LiveRun&&) = delete;

    Live* operator->() { return live_.get(); }
    void destroy() { live_.reset(); }

    std::int64_t rendered() const { return live_->total().rendered; }
    bool renders(std::int64_t more) {
        const std::int64_t before = rendered();
        return eventually([&] { return rendered() >= before + more; });
    }
    bool ends() { return live_->wait_for(kPatience); }

    /// What the user reads of the run's failure; empty where there was none.
    std::string failure() {
        try {
            live_->wait();
        } catch (const std::exception& error) {
            return error.what();
        }
        return {};
    }

    /// Waits for a frame in the window that is as wanted.
    template <class Condition>
    bool shows(Condition is_wanted) {
        return eventually([&] {
            const auto frame = live_->next_to_show(LiveClock::now() + std::chrono::seconds(1));
            return frame && is_wanted(frame->frame);
        });
    }

    /// Waits for a message that contains a text.
    bool tells(const std::string& text) {
        return eventually([&] {
            const auto message = live_->take_message();
            return message && message->find(text) != std::string::npos;
        });
    }

    GarmentRack& rack() { return rack_; }

  private:
    static std::shared_ptr<const Garment> load(const GarmentChoice& garment) {
        const std::string name = std::filesystem::path(garment.path).stem().string();
        return sheet(name, name == "white" ? 255 : 128, name != "bad");
    }
    std::vector<OutfitChoice> files(const std::vector<std::string>& names) {
        std::vector<OutfitChoice> looks;
        for (const std::string& name : names) {
            looks.push_back({{folder_ / (name + ".png"), {}}});
            std::ofstream(looks.back().front().path) << "x";
        }
        return looks;
    }

    TemporaryFolder folder_;
    GarmentRack rack_;

  public:
    const std::shared_ptr<ScriptedModel> model;

  private:
    std::unique_ptr<Live> live_;
};

inline std::vector<Frame> frames_of(const std::string& path) {
    Decode decode(path);
    std::vector<Frame> frames;
    while (std::optional<Frame> frame = decode.next()) {
        frames.push_back(std::move(*frame));
    }
    return frames;
}

}  // namespace closet::test
