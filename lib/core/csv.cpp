#include "core/csv.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

class CsvReader {
  public:
    CsvReader(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

    std::vector<CsvRow> read() {
        std::vector<CsvRow> rows;
        while (!rest_.empty()) {
            if (ends_line()) {
                continue;
            }
            CsvRow row = read_row();
            if (!rows.empty() && row.fields.size() != rows.front().fields.size()) {
                fail(row.line, fmt::format("{} fields, and the header has {}", row.fields.size(),
                                           rows.front().fields.size()));
            }
            rows.push_back(std::move(row));
        }
        return rows;
    }

  private:
    [[noreturn]] void fail(std::size_t line, std::string_view what) const {
        throw ConfigError(fmt::format("{} line {}: {}", name_, line, what));
    }

    /// Takes the end of a line, if one is next.
    bool ends_line() {
        const std::size_t length = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
        rest_.remove_prefix(length);
        line_ += length > 0 ? 1 : 0;
        return length > 0;
    }

    bool takes(char wanted) {
        const bool is_next = rest_.starts_with(wanted);
        rest_.remove_prefix(is_next ? 1 : 0);
        return is_next;
    }

    CsvRow read_row() {
        CsvRow row{line_, {}};
        do {
            row.fields.push_back(takes('"') ? read_quoted() : read_plain());
        } while (takes(','));
        if (!rest_.empty() && !ends_line()) {
            fail(line_, "there is more behind the closing quote of a field");
        }
        return row;
    }

    std::string read_plain() {
        const std::string_view field = rest_.substr(0, rest_.find_first_of(",\r\n"));
        rest_.remove_prefix(field.size());
        check(field);
        if (field.find('"') != std::string_view::npos) {
            fail(line_, "a quote inside a field that does not begin with one");
        }
        if (rest_.starts_with('\r') && !rest_.starts_with("\r\n")) {
            fail(line_, "a carriage return that ends no line");
        }
        return std::string(field);
    }

    /// What is behind the opening quote.
    std::string read_quoted() {
        const std::size_t begin = line_;
        std::string field;
        for (;;) {
            const std::size_t end = rest_.find('"');
            if (end == std::string_view::npos) {
                fail(begin, "a field has no closing quote");
            }
            const std::string_view part = rest_.substr(0, end);
            check(part);
            for (const char c : part) {
                line_ += c == '\n' ? 1 : 0;
            }
            field += part;
            rest_.remove_prefix(end + 1);
            if (!takes('"')) {
                return field;
            }
            field += '"';
        }
    }

    void check(std::string_view part) const {
        if (part.find('\0') != std::string_view::npos) {
            fail(line_, "a zero byte: this is no text");
        }
    }

    std::string_view rest_;
    std::string_view name_;
    std::size_t line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, std::string_view name) {
    return CsvReader(text, name).read();
}

}  // namespace closet
