#include "core/csv.h"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

using closet::ConfigError;
using closet::CsvRow;
using closet::parse_csv;

namespace {

using Strings = std::vector<std::string>;

std::vector<Strings> fields(const std::string& text) {
    std::vector<Strings> all;
    for (const CsvRow& row : parse_csv(text, "t.csv")) {
        all.push_back(row.fields);
    }
    return all;
}

std::string refusal(const std::string& text) {
    try {
        parse_csv(text, "t.csv");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

/// As RFC 4180 says that any field may be written.
std::string quoted(const std::string& field) {
    std::string text = "\"";
    for (const char c : field) {
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return text + '"';
}

}  // namespace

TEST_CASE("csv: quoted fields hold commas, line breaks and quotes") {
    CHECK(fields("a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n") ==
          std::vector<Strings>{{"a", "b"}, {"x, y", "say \"hi\""}});
    CHECK(fields("\"two\r\nlines\",\"\"\n") == std::vector<Strings>{{"two\r\nlines", ""}});
    CHECK(fields("\"\"\"\"") == std::vector<Strings>{{"\""}});
}

TEST_CASE("csv: spaces belong to fields and the last line needs no end") {
    CHECK(fields("a, b \n,") == std::vector<Strings>{{"a", " b "}, {"", ""}});
}

TEST_CASE("csv: empty lines are no rows, and lines are counted with them") {
    const auto rows = parse_csv("\r\na,b\n\n\"1\n2\",3\n4,5", "t.csv");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].line == 2);
    CHECK(rows[0].fields == Strings{"a", "b"});
    CHECK(rows[1].line == 4);
    CHECK(rows[2].line == 6);
    CHECK(parse_csv("", "t.csv").empty());
    CHECK(parse_csv("\n\r\n", "t.csv").empty());
}

TEST_CASE("csv: what is no table is refused with its line") {
    CHECK(refusal("a,b\n1,2,3\n") == "t.csv line 2: 3 fields, and the header has 2");
    CHECK(refusal("a\n\"b\nc\n") == "t.csv line 2: a field has no closing quote");
    CHECK(refusal("a\n\"b\"c\n") ==
          "t.csv line 2: there is more behind the closing quote of a field");
    CHECK(refusal("a\nb\"c\"\n") ==
          "t.csv line 2: a quote inside a field that does not begin with one");
    CHECK(refusal("a\rb\r") == "t.csv line 1: a carriage return that ends no line");
    CHECK(refusal("\"a\"\rb") == "t.csv line 1: there is more behind the closing quote of a field");
    CHECK(refusal(std::string("a\nb\0c\n", 6)) == "t.csv line 2: a zero byte: this is no text");
}

TEST_CASE("csv: any fields come back as they were written, and no text does harm") {
    std::mt19937 random(7);
    const std::string alphabet = "a,\"\n\r b";
    const auto text = [&](std::size_t most) {
        std::string letters(random() % (most + 1), ' ');
        for (char& c : letters) {
            c = alphabet[random() % alphabet.size()];
        }
        return letters;
    };
    for (int round = 0; round < 2000; ++round) {
        std::vector<Strings> table(1 + random() % 4, Strings(1 + random() % 4));
        std::string written;
        for (Strings& row : table) {
            row.resize(table.front().size());
            for (std::string& field : row) {
                field = text(6);
                written += quoted(field) + ',';
            }
            written.back() = '\n';
        }
        REQUIRE(fields(written) == table);
        refusal(text(30));
    }
}
