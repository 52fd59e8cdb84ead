#pragma once

#include <string>
#include <vector>

namespace closet::bench {

/// Rows of cells set as columns, two spaces apart. Cells are cleaned (see
/// clean_text) and cut where they are very long.
class TextGrid {
  public:
    /// `right` tells which columns are flush right.
    explicit TextGrid(std::vector<bool> right) : right_(std::move(right)) {}

    void add(std::vector<std::string> cells);
    /// As many cells as `cells` has, then a text that may be as long as it likes.
    void add_open(std::vector<std::string> cells, std::string rest);

    /// A line for each row, without spaces at its end.
    std::string to_text() const;

  private:
    struct Row {
        std::vector<std::string> cells;
        std::string rest;
    };
    std::vector<bool> right_;
    std::vector<Row> rows_;
};

}  // namespace closet::bench
