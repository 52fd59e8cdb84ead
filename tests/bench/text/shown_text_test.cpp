#include "bench/text/shown_text.h"

#include <string>

#include <doctest/doctest.h>

using namespace closet::bench;

TEST_CASE("bytes that are no UTF-8 are replaced one by one") {
    CHECK(clean_text("caf\xC3\xA9") == "caf\xC3\xA9");
    CHECK(clean_text("a\xFFz") == "a\xEF\xBF\xBDz");
    CHECK(clean_text("\xC3") == "\xEF\xBF\xBD");                          // cut off
    CHECK(clean_text("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");          // an overlong slash
    CHECK(clean_text("\xED\xA0\x80").find("\xED") == std::string::npos);  // a surrogate
}

TEST_CASE("control characters and those that turn text around do not reach a terminal") {
    CHECK(clean_text("a\x1B[31mb") == "a\xEF\xBF\xBD[31mb");
    CHECK(clean_text("a\nb\tc") == "a b c");
    CHECK(clean_text("\xE2\x80\xAEgpj") == "\xEF\xBF\xBDgpj");  // U+202E
    CHECK(clean_text(std::string("a\0b", 3)) ==
          "a\xEF\xBF\xBD"
          "b");
}

TEST_CASE("markup becomes text") {
    CHECK(escape_xml("<a b=\"c\">&'") == "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
    CHECK(escape_lines("<a>\n<b>\n") == "&lt;a&gt;\n&lt;b&gt;\n");
    const std::string cell = escape_markdown("a|b [x](https://y) <img> `c` @who");
    CHECK(cell.find("\\|") != std::string::npos);
    CHECK(cell.find("](") == std::string::npos);
    CHECK(cell.find("https:/") == std::string::npos);
    CHECK(escape_markdown("www.example.org").find("www.") == std::string::npos);
    CHECK(escape_markdown("no: 1.5") == "no: 1.5");
    CHECK(cell.find('<') == std::string::npos);
    CHECK(cell.find('@') == std::string::npos);
}

TEST_CASE("widths are those of a terminal") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("\xC2\xB1") == 1);                  // plus-minus
    CHECK(display_width("\xE6\xBC\xA2\xE5\xAD\x97") == 4);  // two Han characters
    CHECK(display_width("e\xCC\x81") == 1);                 // e and a combining accent
    CHECK(shorten("abcdef", 6) == "abcdef");
    CHECK(shorten("abcdef", 4) == "abc\xE2\x80\xA6");
    CHECK(display_width(shorten("\xE6\xBC\xA2\xE5\xAD\x97", 3)) == 3);
    CHECK(shorten("abc", 0).empty());
}
