#include "encode/display/overlay.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "encode/display/draw_text.h"
#include "encode/display/panel.h"

namespace closet {
namespace {

constexpr double kLineStep = 1.36;  // from line to line, in em

struct Row {
    std::string label, value;  ///< no value: a heading over both columns
};

Row row_of(const std::string& line) {
    const std::string plain = plain_text(line);
    const auto tab = plain.find('\t');
    if (tab == std::string::npos) {
        return {plain, {}};
    }
    Row row{plain.substr(0, tab), plain.substr(tab + 1)};
    std::replace(row.value.begin(), row.value.end(), '\t', ' ');
    return row;
}

/// The smallest text that can still be read on a screen.
constexpr int kSmallestEm = 8;

int step_of(int em) {
    return static_cast<int>(std::lround(kLineStep * em));
}

/// `width` rounded up to whole em, so that a panel does not tremble with its figures.
int steady(int width, int em) {
    return (width + em - 1) / em * em;
}

bool same(const WindowText& a, const WindowText& b) {
    return a.statistics == b.statistics && a.message == b.message && a.help == b.help &&
           a.recording == b.recording;
}

}  // namespace

OverlayMetrics::OverlayMetrics(cv::Size size) : picture(size) {
    // 19 px at 720 lines. Below 400 lines text shrinks no further: it would not be readable.
    constexpr double kEm = 0.0265;
    constexpr int kReadable = 11;
    const int shorter = std::min(size.width, size.height);
    em = std::max(kReadable, static_cast<int>(std::lround(kEm * shorter)));
    margin = std::max(2, static_cast<int>(std::lround(0.02 * shorter)));
    padding = static_cast<int>(std::lround(0.7 * em));
    radius = static_cast<int>(std::lround(0.5 * em));
}

Layer statistics_layer(const std::vector<std::string>& lines, const OverlayMetrics& metrics) {
    if (lines.empty()) {
        return {};
    }
    // Where many lines meet a small picture, text shrinks as far as it can be read; then lines at
    // the end are left out.
    const int room = metrics.picture.height - 2 * metrics.margin - 2 * metrics.padding;
    const int width_room = metrics.picture.width - 2 * metrics.margin - 2 * metrics.padding;
    const int count = static_cast<int>(lines.size());
    int em = metrics.em;
    while (em > kSmallestEm && step_of(em) * count > room) {
        --em;
    }
    const int shown = std::min(count, room / step_of(em));
    if (shown < 1 || width_room < em) {
        return {};
    }
    std::vector<Row> rows;
    for (int i = 0; i < shown; ++i) {
        rows.push_back(i + 1 == shown && shown < count
                           ? Row{"...", {}}
                           : row_of(lines[static_cast<std::size_t>(i)]));
    }
    const TextStyle normal{em, false};
    const TextStyle heading{em, true};
    int labels = 0, values = 0, headings = 0;
    for (const Row& row : rows) {
        if (row.value.empty()) {
            headings = std::max(headings, text_width(row.label, heading));
        } else {
            labels = std::max(labels, text_width(row.label, normal));
            values = std::max(values, text_width(row.value, normal));
        }
    }
    // Labels take half of the room at most, so that there is always one for values.
    labels = std::min(steady(labels, em), width_room / 2);
    const int value_from = labels > 0 ? labels + em : 0;
    const int width =
        std::min(width_room, std::max(value_from + steady(values, em), steady(headings, em)));

    const int pad = metrics.padding;
    Layer layer = panel::make({metrics.margin, metrics.margin, width + 2 * pad,
                               step_of(em) * shown + 2 * pad - (step_of(em) - em)},
                              metrics.radius);
    for (int i = 0; i < shown; ++i) {
        const Row& row = rows[static_cast<std::size_t>(i)];
        const cv::Point at(pad, pad + i * step_of(em));
        if (row.value.empty()) {
            draw_text(layer, clipped_text(row.label, heading, width), heading, at, panel::kAccent);
        } else {
            draw_text(layer, clipped_text(row.label, normal, labels), normal, at, panel::kLabel);
            draw_text(layer, clipped_text(row.value, normal, width - value_from), normal,
                      at + cv::Point(value_from, 0), panel::kText);
        }
    }
    return layer;
}

Layer message_layer(const std::string& message, const OverlayMetrics& metrics) {
    const int across = metrics.picture.width - 2 * metrics.margin - 4 * metrics.padding;
    std::string plain = plain_text(message);
    std::replace(plain.begin(), plain.end(), '\t', ' ');
    const TextStyle style{metrics.em, false};
    const std::string text = clipped_text(plain, style, across);
    const int height = metrics.em + 2 * metrics.padding;
    if (text.empty() || height + 2 * metrics.margin > metrics.picture.height) {
        return {};
    }
    const int width = text_width(text, style) + 4 * metrics.padding;
    // Above the bottom by more than a margin: there it stands free.
    const int bottom =
        metrics.picture.height - std::min(2 * metrics.margin, metrics.picture.height - height);
    Layer layer = panel::make({(metrics.picture.width - width) / 2, bottom - height, width, height},
                              height / 2);
    draw_text(layer, text, style, {2 * metrics.padding, metrics.padding}, panel::kText);
    return layer;
}

Layer recording_layer(const OverlayMetrics& metrics) {
    const TextStyle style{metrics.em, true};
    static const std::string kText = "REC";
    const int pad = metrics.padding;
    const int height = metrics.em + pad;
    const int width = pad + metrics.em + pad / 2 + text_width(kText, style) + pad;
    if (width + 2 * metrics.margin > metrics.picture.width ||
        height + 2 * metrics.margin > metrics.picture.height) {
        return {};
    }
    Layer layer =
        panel::make({metrics.picture.width - metrics.margin - width, metrics.margin, width, height},
                    height / 2);
    paint_disc(layer, {pad + metrics.em / 2.0, height / 2.0}, 0.38 * metrics.em, panel::kRed);
    draw_text(layer, kText, style, {pad + metrics.em + pad / 2, (height - metrics.em) / 2},
              panel::kText);
    return layer;
}

void Overlay::draw(cv::Mat& picture, const WindowText& text) {
    if (size_ != picture.size() || !same(text_, text)) {
        size_ = picture.size();
        text_ = text;
        const OverlayMetrics metrics(size_);
        layers_.clear();
        Layer statistics = statistics_layer(text.statistics, metrics);
        Layer help = text.help ? help_layer(metrics) : Layer{};
        // On a small picture the card lies over the figures, which would shine through.
        if ((statistics.box() & help.box()).empty()) {
            layers_.push_back(std::move(statistics));
        }
        if (text.recording) {
            layers_.push_back(recording_layer(metrics));
        }
        layers_.push_back(std::move(help));
        layers_.push_back(message_layer(text.message, metrics));
    }
    for (const Layer& layer : layers_) {
        blend(layer, picture);
    }
}

}  // namespace closet
