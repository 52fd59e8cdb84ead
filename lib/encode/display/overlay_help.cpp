#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "encode/display/draw_text.h"
#include "encode/display/overlay.h"
#include "encode/display/panel.h"

namespace closet {
namespace {

constexpr Color kKeyTop{255, 255, 255, 0.16};
constexpr int kSmallestHelpEm = 7;
const std::string kTitle = "Keys";

/// "n, right arrow" as its single keys.
std::vector<std::string> single_keys(std::string_view keys) {
    constexpr std::string_view kComma = ", ";
    std::vector<std::string> list;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = keys.find(kComma);
        list.emplace_back(keys.substr(0, end));
        keys.remove_prefix(end == std::string_view::npos ? keys.size() : end + kComma.size());
    }
    return list;
}

/// Where everything on the card is, for text of one size.
struct Card {
    explicit Card(int size) : em(size) {
        for (const WindowKey& key : window_keys()) {
            keys = std::max(keys, keys_width(key));
            does = std::max(does, text_width(key.does, text()));
        }
    }
    TextStyle text() const { return {em, false}; }
    TextStyle title() const { return {em * 5 / 4, true}; }
    int gap() const { return em / 2; }
    int padding() const { return em * 5 / 4; }
    int row() const { return em * 9 / 5; }
    int key_width(const std::string& key) const {
        return std::max(key_height(), text_width(key, text()) + em);
    }
    int key_height() const { return em * 3 / 2; }
    int keys_width(const WindowKey& key) const {
        int width = -gap();
        for (const std::string& single : single_keys(key.keys)) {
            width += key_width(single) + gap();
        }
        return width;
    }
    int title_height() const { return em * 9 / 4; }
    cv::Size size() const {
        return {2 * padding() + keys + 2 * em + does,
                2 * padding() + title_height() + static_cast<int>(window_keys().size()) * row()};
    }

    int em;
    int keys = 0;  ///< widths of the two columns
    int does = 0;
};

}  // namespace

Layer help_layer(const OverlayMetrics& metrics) {
    const auto fits = [&](const Card& card) {
        return card.size().width + 2 * metrics.margin <= metrics.picture.width &&
               card.size().height + 2 * metrics.margin <= metrics.picture.height;
    };
    Card card(metrics.em);
    while (card.em > kSmallestHelpEm && !fits(card)) {
        card = Card(card.em - 1);
    }
    if (!fits(card)) {
        return {};
    }
    const cv::Size size = card.size();
    Layer layer = panel::make({(metrics.picture.width - size.width) / 2,
                               (metrics.picture.height - size.height) / 2, size.width, size.height},
                              card.em);
    // A list is read, not glanced at: its ground is darker than that of figures.
    constexpr Color kDarker{22, 18, 16, 0.5};
    paint_rounded_box(layer, {1, 1, size.width - 2, size.height - 2}, card.em - 1, kDarker);
    draw_text(layer, kTitle, card.title(), {card.padding(), card.padding()}, panel::kAccent);
    int y = card.padding() + card.title_height();
    for (const WindowKey& key : window_keys()) {
        const int text_y = y + (card.row() - card.em) / 2;
        int x = card.padding();
        for (const std::string& single : single_keys(key.keys)) {
            const int width = card.key_width(single);
            paint_rounded_box(
                layer, {x, y + (card.row() - card.key_height()) / 2, width, card.key_height()},
                card.em / 3, kKeyTop);
            draw_text(layer, single, card.text(),
                      {x + (width - text_width(single, card.text())) / 2, text_y}, panel::kText);
            x += width + card.gap();
        }
        draw_text(layer, key.does, card.text(), {card.padding() + card.keys + 2 * card.em, text_y},
                  panel::kLabel);
        y += card.row();
    }
    return layer;
}

}  // namespace closet
