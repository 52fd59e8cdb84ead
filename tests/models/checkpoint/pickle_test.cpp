#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "bytes.h"
#include "models/checkpoint/checkpoint.h"
#include "pickle_writer.h"
#include "refusal.h"
#include "zip_writer.h"

using namespace closet;
using namespace closet::test::pickle;
using test::check_refused;
using test::stored;

namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 62;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
const std::string kNine = std::string(9, 'K');

std::string repeat(const std::string& text, int times) {
    std::string all;
    all.reserve(text.size() * static_cast<std::size_t>(times));
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

// A file whose only tensor is `opcodes`.
std::string with_tensor(const std::string& opcodes) {
    return legacy(dict({{"state_dict", dict({{"x", opcodes}})}}));
}

// A good file with something else beside the state dict.
std::string with_meta(const std::string& opcodes) {
    return legacy(dict({{"meta", opcodes}, {"state_dict", dict({{"x", square()}})}}));
}

std::map<std::string, std::string> metadata_of(const std::string& bytes) {
    const auto checkpoint = parse_checkpoint(test::as_bytes(bytes), "test");
    CHECK(to_floats(*checkpoint->find("x")) == std::vector<float>{1, 2, 3, 4});
    return {checkpoint->metadata().begin(), checkpoint->metadata().end()};
}

}  // namespace

TEST_SUITE("pickle") {
    TEST_CASE("the state dict is found where training code puts it") {
        const std::string state = dict({{"x", square()}, {"steps", integer(3)}});
        CHECK(metadata_of(legacy(dict({{"state_dict", state}}))).empty());
        CHECK(metadata_of(legacy(dict({{"model", state}}))).empty());
        CHECK(metadata_of(legacy(dict({{"params", state}}))).empty());
        CHECK(metadata_of(legacy(dict({{"params", dict({})}, {"params_ema", state}}))).empty());
        CHECK(metadata_of(legacy(state)).at("steps") == "3");
        check_refused(legacy(dict({{"ema_state_dict", state}})), "no state dict");
        check_refused(legacy(list({state})), "no state dict");
        check_refused(legacy(dict({{"state_dict", dict({})}})), "no tensors");
    }

    TEST_CASE("ordered maps and parameters and newer protocols are understood") {
        const std::string ordered = global("collections", "OrderedDict");
        CHECK(metadata_of(legacy(call(ordered, {list({list({text("x"), square()})})}))).empty());
        CHECK(metadata_of(legacy(ordered + ")R(" + text("x") + square() + "u")).empty());
        // Its attribute `_metadata` comes as a BUILD.
        CHECK(metadata_of(legacy(ordered + ")R(" + text("x") + square() + "u" + dict({}) + "b"))
                  .empty());
        const std::string parameter =
            call(global("torch._utils", "_rebuild_parameter"), {square(), "\x88", "N"});
        CHECK(metadata_of(legacy(dict({{"x", parameter}}))).empty());
        // Protocol 4: FRAME, SHORT_BINUNICODE, MEMOIZE, STACK_GLOBAL, BINGET.
        const std::string named =
            "\x8C\x0B"
            "collections\x94\x8C\x0BOrderedDict\x94\x93\x94";
        const std::string framed = "\x95" + stored(std::uint64_t{1} << 60) + named + ")R" +
                                   text("x") + square() + "s" + text("y") + get(0) + "s";
        CHECK(metadata_of(legacy(framed)).at("y") == "collections");
    }

    TEST_CASE("plain values become metadata") {
        const auto metadata = metadata_of(with_meta(dict({
            {"epoch", integer(-420)},
            {"rate", "G\x3F\xE0" + std::string(6, '\0')},
            {"on", "\x88"},
            {"seed", "N"},
            {"names", tuple({text("a"), list({text("b\xFF\x1B[31m\xC2\x9B")})})},
            {"huge", "\x8A\x09" + kNine},
            {"cut", text(std::string(100'000, 'c'))},
        })));
        CHECK(metadata.size() == 6);
        CHECK(metadata.at("meta.epoch") == "-420");
        CHECK(metadata.at("meta.rate") == "0.5");
        CHECK(metadata.at("meta.on") == "true");
        CHECK(metadata.at("meta.names.0") == "a");
        CHECK(metadata.at("meta.names.1.0") == "b\uFFFD\uFFFD[31m\uFFFD\uFFFD");
        CHECK(metadata.at("meta.cut").size() == 65'536);
    }

    TEST_CASE("nothing is called and what would have been is opaque") {
        const std::string call_system = call(global("posix", "system"), {text("touch /x")});
        for (const std::string& opcodes :
             {call_system, call(global("__builtin__", "getattr"), {call_system, text("run")}),
              call(call_system, {}), global("os", "system") + ")\x81", global("a", "b") + ")}\x92",
              call_system + dict({{"state", integer(1)}}) + "b",
              call_system + "(" + text("a") + "e", call_system + text("a") + "Ns",
              "\x8F(" + text("a") + "\x90", "(" + text("a") + "\x91"}) {
            CHECK(metadata_of(with_meta(opcodes)).empty());
            check_refused(legacy(dict({{"state_dict", opcodes}})), "no state dict");
            check_refused(legacy(opcodes), "no state dict");
            check_refused(with_tensor(opcodes), "no tensors");
        }
        check_refused(with_tensor(call(global("torch._utils", "_rebuild_tensor_v3"), {})),
                      "'torch._utils._rebuild_tensor_v3' are not supported");
        check_refused(legacy(call(integer(1), {})), "calls something that is no class");
        check_refused(legacy(global("a", "b") + "NR"), "without a tuple");
    }

    TEST_CASE("modules of TorchScript give their tensors under the paths that they lie at") {
        const auto archive = [](const std::string& object) {
            return test::zip({{.name = "m/data.pkl", .data = complete(object)},
                              {.name = "m/constants.pkl", .data = "x"},
                              {.name = "m/code/__torch__.py", .data = "raise SystemExit"},
                              {.name = "m/data/0", .data = four_floats().data}});
        };
        const std::string inner = module({{"weight", square()}, {"training", "\x89"}});
        const std::string root =
            module({{"scale", square()},
                    {"block", module({{"0", inner}, {"1", inner}}, "Sequential")},
                    {"sizes", call(global("torch.jit._pickle", "build_intlist"), {list({})})},
                    {"hook", call(global("posix", "system"), {text("touch /x")})},
                    {"empty", global("__torch__", "Nothing") + ")\x81"}});
        const std::string bytes = archive(root);
        const auto checkpoint = parse_checkpoint(test::as_bytes(bytes), "test");
        CHECK(checkpoint->format() == Checkpoint::Format::kTorchScript);
        REQUIRE(checkpoint->tensors().size() == 3);
        for (const char* const key : {"scale", "block.0.weight", "block.1.weight"}) {
            CAPTURE(key);
            REQUIRE(checkpoint->find(key));
            CHECK(to_floats(*checkpoint->find(key)) == std::vector<float>{1, 2, 3, 4});
        }
        check_refused(archive(module({{"training", "\x89"}})), "no tensors");
        check_refused(archive(global("__torch__", "Nothing") + ")\x81"), "no state dict");
        check_refused(archive(module({{"x\ny", inner}})), "not plain text");
        check_refused(archive(module({{"x", square()}, {"x", square()}})), "'x' is there twice");
        // A module that holds itself, and one that unfolds to more than memory.
        check_refused(archive(global("__torch__", "Loop") + ")\x81" + put(0) + "}" + text("x") +
                              get(0) + "sb"),
                      "modules in modules");
        for (const std::string& leaf : {inner, module({{"training", "\x89"}})}) {
            std::string laughs = leaf;
            for (char level = 1; level <= 60; ++level) {
                laughs += put(level) + "0" + module({{"a", get(level)}, {"b", get(level)}});
            }
            check_refused(archive(laughs), leaf == inner ? "more tensors" : "modules in modules");
        }
        std::string deep = inner;
        for (int level = 0; level < 70; ++level) {
            deep = module({{"a", deep}});
        }
        check_refused(archive(deep), "modules in modules");
        check_refused(archive(module({{std::string(1000, 'a'),
                                       module({{std::string(1000, 'b'), square()}})}})),
                      "too long");
    }

    TEST_CASE("depth costs nothing") {
        CHECK(metadata_of(with_meta(")" + repeat("\x85", 1'000'000))).empty());
        CHECK(metadata_of(with_meta(repeat("]", 500'000) + repeat("a", 499'999))).empty());
        check_refused(legacy(repeat("(", 1'000'000)), "from its stack");
        check_refused(legacy(repeat("N", 3'000'000)), "more steps");
        check_refused(legacy("N" + put(1) + repeat(get(1), 2'200'000)), "more steps");
    }

    TEST_CASE("a cycle or a graph that unfolds to more than memory ends") {
        CHECK(metadata_of(with_meta("]" + put(0) + get(0) + "a")).empty());
        check_refused(legacy("}" + put(0) + text("state_dict") + get(0) + "s"), "no tensors");
        // Ten references to ten references and so on: 10^5 texts, then 10^59.
        for (const int levels : {5, 59}) {
            std::string laughs = text("ha");
            for (char level = 1; level <= levels; ++level) {
                laughs += put(level) + "0](" + repeat(get(level), 10) + "e";
            }
            CHECK(metadata_of(with_meta(laughs)).size() == (levels == 5 ? 4096 : 0));
        }
        // One long dict whose keys are no text, again and again.
        const std::string shared =
            "}(" + repeat("NN", 100'000) + "u" + put(1) + "0](" + repeat(get(1), 100'000) + "e";
        CHECK(metadata_of(with_meta(shared)).empty());
        // An ordered map made of the same long list again and again.
        const std::string many_pairs = "](" + repeat("](NNe", 100'000) + "e";
        const std::string copies = global("collections", "OrderedDict") + put(2) + "0" +
                                   many_pairs + put(1) + repeat(get(2) + get(1) + "\x85R0", 1'000);
        check_refused(with_meta(copies), "more steps");
    }

    TEST_CASE("counts and references that lie are refused") {
        const std::string many(4, '\xFF');
        check_refused(legacy("X" + many), "ends early");
        check_refused(legacy("T" + many), "ends early");
        check_refused(legacy("B" + many), "ends early");
        check_refused(legacy("\x8B" + many), "ends early");
        for (const char* opcode : {"\x8D", "\x8E", "\x96"}) {
            check_refused(legacy(opcode + stored(std::uint64_t{1} << 63)), "ends early");
            check_refused(legacy(opcode + stored(~std::uint64_t{0})), "ends early");
        }
        check_refused(legacy("Nr" + many), "numbers its objects higher");
        check_refused(legacy("j" + many), "does not hold");
        check_refused(legacy("h\x07"), "does not hold");
        check_refused(legacy("q\x07"), "from its stack");
        check_refused(legacy("\x87"), "from its stack");
        check_refused(legacy("N(0a"), "from its stack");
        check_refused(legacy("]("), "from its stack");
        check_refused(legacy("](a"), "from its stack");
        check_refused(legacy("Nt"), "lacks a mark");
        check_refused(legacy("}(Nu"), "key without a value");
        check_refused(legacy("NNa"), "adds elements");
        check_refused(legacy("]NNs"), "adds elements");
        check_refused(legacy("NN\x93"), "by something else than text");
        check_refused(legacy("c" + std::string(5'000, 'a')), "without an end");
        check_refused(legacy("\x80\x06N"), "newer than 5");
        for (const char* opcode : {"I1\n", "L1\n", "F1\n", "P1\n", "(ia\nb\n", "(o", "\x82\x01",
                                   "\x97", "\x98", "2", "\xFF"}) {
            check_refused(legacy(opcode), "which torch.save does not write");
        }
        check_refused(legacy(call(global("collections", "OrderedDict"), {list({integer(1)})})),
                      "something else than pairs");
    }

    TEST_CASE("a tensor that is not inside its storage is refused") {
        const std::string four = storage("0", 4);
        CHECK(test::refusal(with_tensor(tensor(four, 3, {}, {}))).empty());
        CHECK(test::refusal(with_tensor(tensor(four, 1, {3, 1}, {1, kLargest}))).empty());
        CHECK(test::refusal(with_tensor(tensor(four, 0, {1000, 4}, {0, 1}))).empty());
        CHECK(test::refusal(with_tensor(tensor(four, kHuge, {0, 3}, {3, 1}))).empty());
        for (const auto& opcodes :
             {tensor(four, 4, {}, {}), tensor(four, 1, {2, 2}, {2, 1}),
              tensor(four, 0, {2, 2}, {3, 1}), tensor(four, kHuge, {2}, {1}),
              tensor(four, kLargest, {2}, {kHuge}), tensor(four, 0, {2, 2}, {kHuge, kHuge}),
              tensor(storage("0", 4, "DoubleStorage"), 2, {1}, {1})}) {
            const std::string sentence = test::refusal(with_tensor(opcodes));
            CHECK_MESSAGE((sentence.find("beyond") != std::string::npos ||
                           sentence.find("larger than") != std::string::npos),
                          sentence);
        }
        check_refused(with_tensor(tensor(four, 0, {3}, {kLargest})), "larger than any memory");
        check_refused(with_tensor(tensor(four, 0, {kHuge, kHuge}, {0, 0})),
                      "larger than any memory");
        CHECK(test::refusal(with_tensor(tensor(four, 0, {kHuge / 4}, {0})))
                  .starts_with("the tensor 'x' cannot be used: it has 1152921504606846976 "));
        check_refused(with_tensor(tensor(four, -1, {2}, {1})), "before its storage");
        check_refused(with_tensor(tensor(four, 3, {2}, {-1})), "negative");
        check_refused(with_tensor(tensor(four, 0, {-2}, {1})), "negative");
        check_refused(with_tensor(tensor(four, 0, {2, 2}, {1})), "one stride an axis");
        check_refused(
            with_tensor(tensor(four, 0, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1})),
            "8 axes");
        const std::string rebuild = global("torch._utils", "_rebuild_tensor_v2");
        check_refused(with_tensor(call(rebuild, {})), "lacks its storage");
        check_refused(with_tensor(call(rebuild, {"N", "N", "N", "N"})), "lacks its storage");
        check_refused(with_tensor(call(rebuild, {four, "N", ")", ")"})), "no number");
        check_refused(with_tensor(call(rebuild, {four, integer(0), "N", ")"})), "no shape");
        check_refused(with_tensor(call(rebuild, {four, integer(0), "N\x85", "N\x85"})),
                      "no number");
    }

    TEST_CASE("a storage that lies is refused") {
        const auto of = [](const std::string& opcodes) {
            return with_tensor(tensor(opcodes, 0, {1}, {1}));
        };
        check_refused(of(storage("0", kHuge)), "another size");
        check_refused(of(storage("0", -1)), "else than a storage");
        check_refused(of(storage("1", 4)), "'1' is missing");
        check_refused(Legacy{.object = dict({}), .storages = {four_floats()}}.bytes(),
                      "nothing refers to");
        check_refused(of(storage("0", 4, "ComplexFloatStorage")), "ComplexFloatStorage");
        check_refused(of("NQ"), "else than a storage");
        check_refused(of(tuple({text("module"), "N", text("0"), "N", "N"}) + "Q"),
                      "else than a storage");
        const std::string view = tuple({text("storage"), global("torch", "FloatStorage"), text("0"),
                                        text("cpu"), integer(4), tuple({})}) +
                                 "Q";
        check_refused(of(view), "views of others");
        check_refused(legacy(dict({{"a", square()},
                                   {"b", tensor(storage("0", 4, "IntStorage"), 0, {1}, {1})}})),
                      "two types");

        const std::string object = dict({{"x", square()}});
        const auto file = [&](std::vector<Stored> storages) {
            return Legacy{.object = object, .storages = std::move(storages)}.bytes();
        };
        CHECK(test::refusal(file({four_floats()})).empty());
        check_refused(file({}), "'0' is missing");
        check_refused(file({four_floats(), four_floats()}), "there twice");
        check_refused(file({{.key = "0", .count = 4, .data = stored(1.0F)}}),
                      "not fetched completely");
        check_refused(file({{.key = "0", .count = kHuge, .data = stored(1.0F)}}), "another size");
        const std::string huge = dict({{"x", tensor(storage("0", kHuge), 0, {1}, {1})}});
        check_refused(
            Legacy{.object = huge, .storages = {{.key = "0", .count = kHuge, .data = "abc"}}}
                .bytes(),
            "larger than the file");
        check_refused(
            Legacy{.object = object, .storages = {four_floats()}, .version = 1000}.bytes(), "1001");
        const std::string big = dict({{"little_endian", "\x89"}});
        check_refused(Legacy{.object = object, .storages = {four_floats()}, .system = big}.bytes(),
                      "big-endian");
    }

    TEST_CASE("names that repeat or are not plain text are refused") {
        const auto named = [](const std::string& name) { return legacy(dict({{name, square()}})); };
        CHECK(test::refusal(named("Grüße.0")).empty());
        check_refused(named(""), "not plain text");
        check_refused(named(std::string(1'025, 'n')), "not plain text");
        check_refused(named("a\x1B[2J"), "not plain text");
        check_refused(named("a\nb"), "not plain text");
        check_refused(named("\xFF"), "not plain text");
        check_refused(named("\xC0\x80"), "not plain text");
        check_refused(named("\xED\xA0\x80"), "not plain text");
        check_refused(named("\xF4\x90\x80\x80"), "not plain text");
        check_refused(named("\xE2\x82"), "not plain text");
        check_refused(legacy("}" + integer(1) + square() + "s"), "not plain text");
        check_refused(legacy(dict({{"x", square()}, {"x", square()}})), "'x' is there twice");
        check_refused(
            legacy(dict({{"state_dict", dict({{"x", square()}})}, {"state_dict", dict({})}})),
            "'state_dict' is there twice");
    }
}
