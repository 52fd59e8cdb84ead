#include "bench/report/csv.h"

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/report/columns.h"
#include "bench/report/result_words.h"

namespace closet::bench {
namespace {

/// The shortest text that reads back as the same number; empty where it is not finite.
std::string raw(double number) {
    return std::isfinite(number) ? fmt::format("{}", number) : std::string();
}

std::string field(std::string_view text) {
    std::string value(text);
    // A number may begin with a minus; any other text with these may be run as a formula.
    if (!value.empty() &&
        std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos &&
        !number_in(value)) {
        value.insert(value.begin(), '\'');
    }
    if (value.find_first_of(",\"\r\n") == std::string::npos) {
        return value;
    }
    std::string quoted = "\"";
    for (const char c : value) {
        quoted += c;
        if (c == '"') {
            quoted += c;
        }
    }
    return quoted + '"';
}

void add_line(std::string& text, const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) {
            text += ',';
        }
        text += field(fields[i]);
    }
    text += "\r\n";
}

void add_cell(std::vector<std::string>& fields, const Column& column, std::size_t i) {
    const Cell& cell = column.cells[i];
    // Settings are numbers only as texts.
    fields.push_back(cell.number ? raw(cell.number->value) : cell.text);
    if (column.has_interval) {
        fields.push_back(cell.number ? raw(cell.number->low) : "");
        fields.push_back(cell.number ? raw(cell.number->high) : "");
    }
}

}  // namespace

std::string csv(const Sweep& sweep) {
    const std::vector<Column> columns = columns_of(sweep, nullptr);
    std::vector<std::string> names;
    for (const Column& column : columns) {
        names.push_back(column.name);
        if (column.has_interval) {
            names.push_back(column.name + ".low");
            names.push_back(column.name + ".high");
        }
    }
    std::string text;
    add_line(text, names);
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        std::vector<std::string> fields;
        for (const Column& column : columns) {
            add_cell(fields, column, i);
        }
        add_line(text, fields);
    }
    return text;
}

}  // namespace closet::bench
