#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace closet::bench {

/// What a message may quote of text from outside: at most 60 bytes, control characters replaced.
std::string excerpt(std::string_view text);

/// Throws the Error for something at `place` that is `not_what` ("not a number").
[[noreturn]] void refuse(const std::string& place, std::string_view not_what);

/// Parses one JSON value whose nesting is bounded. Throws Error naming `where`.
nlohmann::json parse_json(std::string_view text, const std::string& where);

/// Reads the fields of one JSON object of a file that may be hostile. Absent fields leave what is
/// there; others must have the right type and range, or an Error is thrown that names their place.
class JsonFields {
  public:
    /// `place` is the file and the way to the object: "sweep.json: cases[3]". Both must outlive
    /// this. Throws where `json` is not an object.
    JsonFields(const nlohmann::json& json, std::string place);

    // Each `read` leaves `value` as it is where the field is absent. Texts have at most 64 KiB.

    /// A number; null stands for `null_value`.
    void read(const char* name, double& value,
              double null_value = std::numeric_limits<double>::quiet_NaN()) const;
    /// Not negative and no larger than a double holds exactly.
    void read(const char* name, std::int64_t& value) const;
    /// The same, for what fits into an int.
    void read(const char* name, int& value) const;
    /// Any whole number that is not negative.
    void read(const char* name, std::uint64_t& value) const;
    /// True or false.
    void read(const char* name, bool& value) const;
    /// A text.
    void read(const char* name, std::string& value) const;
    /// A list of at most 10,000 texts, which replace `values`.
    void read(const char* name, std::vector<std::string>& values) const;

    /// Null where the field is absent.
    const nlohmann::json* find(const char* name) const;
    /// The elements of an array of at most `most`; empty where absent.
    const nlohmann::json& array(const char* name, std::size_t most) const;
    /// Throws where it is absent.
    const nlohmann::json& require(const char* name) const;
    /// "sweep.json: cases[3].samples"
    std::string place_of(std::string_view name) const;
    /// As given.
    const std::string& place() const { return place_; }
    /// The object itself.
    const nlohmann::json& json() const { return json_; }

  private:
    const nlohmann::json& json_;
    std::string place_;
};

}  // namespace closet::bench
