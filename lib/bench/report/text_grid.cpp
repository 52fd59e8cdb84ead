#include "bench/report/text_grid.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "bench/report/shown_text.h"

namespace closet::bench {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kWidest =
    120;  ///< columns of a cell; a name from outside may be of any length

}  // namespace

void TextGrid::add(std::vector<std::string> cells) {
    add_open(std::move(cells), {});
}

void TextGrid::add_open(std::vector<std::string> cells, std::string rest) {
    for (std::string& cell : cells) {
        cell = shorten(clean_text(cell), kWidest);
    }
    rows_.push_back({std::move(cells), clean_text(rest)});
}

std::string TextGrid::to_text() const {
    std::vector<std::size_t> widths(right_.size(), 0);
    for (const Row& row : rows_) {
        for (std::size_t c = 0; c < row.cells.size() && c < widths.size(); ++c) {
            widths[c] = std::max(widths[c], display_width(row.cells[c]));
        }
    }
    std::string text;
    for (const Row& row : rows_) {
        std::string line;
        for (std::size_t c = 0; c < row.cells.size() && c < widths.size(); ++c) {
            const std::string padding(widths[c] - display_width(row.cells[c]), ' ');
            line += right_[c] ? padding + row.cells[c] : row.cells[c] + padding;
            line.append(kGap, ' ');
        }
        line += row.rest;
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

}  // namespace closet::bench
