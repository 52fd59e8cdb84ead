#include "bench/report/xml_check.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>
#include <vector>

namespace closet::test {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEntities{
    {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}}};

bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == ':';
}

class Checker {
  public:
    explicit Checker(std::string_view text) : rest_(text) {}

    std::string fault() {
        bool had_root = false;
        while (!rest_.empty() && fault_.empty()) {
            if (rest_.front() != '<') {
                text();
            } else if (take("<!DOCTYPE") || take("<!--")) {
                rest_.remove_prefix(std::min(rest_.find('>') + 1, rest_.size()));
            } else if (take("</")) {
                close();
            } else {
                if (open_.empty() && std::exchange(had_root, true)) {
                    fault_ = "a second root element";
                }
                open();
            }
        }
        if (fault_.empty() && (!open_.empty() || !had_root)) {
            fault_ = open_.empty() ? "no element" : "never closed: " + open_.back();
        }
        return fault_;
    }

    const std::string& seen() const { return seen_; }

  private:
    bool take(std::string_view start) {
        if (!rest_.starts_with(start)) {
            return false;
        }
        rest_.remove_prefix(start.size());
        return true;
    }
    std::string name() {
        std::string taken;
        while (!rest_.empty() && is_name(rest_.front())) {
            taken += rest_.front();
            rest_.remove_prefix(1);
        }
        if (taken.empty()) {
            fault_ = "a name is missing before: " + std::string(rest_.substr(0, 30));
        }
        return taken;
    }
    void spaces() {
        while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
            rest_.remove_prefix(1);
        }
    }
    char character() {
        if (rest_.front() == '&') {
            for (const auto& [entity, plain] : kEntities) {
                if (take(entity)) {
                    return plain.front();
                }
            }
            fault_ = "an entity that XML does not know: " + std::string(rest_.substr(0, 20));
        }
        const char c = rest_.front();
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n') {
            fault_ = "a control character";
        }
        rest_.remove_prefix(1);
        return c;
    }
    void text() {
        while (fault_.empty() && !rest_.empty() && rest_.front() != '<') {
            const char c = character();
            if (open_.empty() && c != '\n') {
                fault_ = "text outside of the root";
            }
            seen_ += c;
        }
        seen_ += ' ';
    }
    void close() {
        const std::string closed = name();
        if (fault_.empty() && (open_.empty() || open_.back() != closed || !take(">"))) {
            fault_ = "closes what is not open: " + closed;
            return;
        }
        if (fault_.empty()) {
            open_.pop_back();
        }
    }
    void open() {
        rest_.remove_prefix(1);
        const std::string element = name();
        std::set<std::string> attributes;
        for (spaces(); fault_.empty() && !rest_.empty(); spaces()) {
            if (take("/>")) {
                return;
            }
            if (take(">")) {
                open_.push_back(element);
                return;
            }
            const std::string attribute = name();
            if (!attributes.insert(attribute).second || !take("=\"")) {
                fault_ = "attribute twice or without a value: " + attribute;
            }
            while (fault_.empty() && !rest_.empty() && rest_.front() != '"') {
                if (rest_.front() == '<') {
                    fault_ = "a tag within the value of " + attribute;
                }
                character();
            }
            take("\"");
        }
    }

    std::string_view rest_;
    std::vector<std::string> open_;
    std::string fault_, seen_;
};

}  // namespace

std::string xml_fault(std::string_view text) {
    return Checker(text).fault();
}

std::string xml_text(std::string_view text) {
    Checker checker(text);
    checker.fault();
    return checker.seen();
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size())) {
        ++count;
    }
    return count;
}

}  // namespace closet::test
