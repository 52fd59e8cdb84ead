// Damaged and hostile .onnx files: each is refused with a sentence. scripts/fuzz does more.
#include <doctest/doctest.h>

#include <fstream>
#include <limits>
#include <random>
#include <string>

#include "core/error.h"
#include "models/onnx/graph_builder.h"
#include "onnx_writer.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet;
using test::OnnxWriter;

namespace {

using Shape = OnnxWriter::Shape;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// The sentence with which bytes are refused; empty where they become a graph.
std::string why_refused(const std::string& bytes) {
    try {
        build_graph(parse_onnx(bytes_of(bytes), "hostile.onnx"), {});
        return {};
    } catch (const ModelError& error) {
        return error.what();
    }
}

void check_refused(const std::string& bytes, const std::string& why) {
    CAPTURE(why);
    const std::string sentence = why_refused(bytes);
    CHECK_MESSAGE(sentence.find("hostile.onnx") != std::string::npos, sentence);
    CHECK_MESSAGE(sentence.find(why) != std::string::npos, sentence);
}

std::string whole_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

OnnxWriter with_filters(const Shape& shape = {4, 3, 3, 3}) {
    OnnxWriter file;
    file.weights("w", shape, std::vector<float>(108, 0.5F));
    return file;
}

}  // namespace

TEST_SUITE("file") {
    TEST_CASE("a file of many operators becomes a graph") {
        const NetworkGraph graph = build_graph(parse_onnx(bytes_of(test::rich_onnx()), "rich"), {});
        CHECK(graph.output_names == std::vector<std::string>{"y", "z"});
        CHECK(graph.shapes[graph.outputs[0]] == Shape{1, 9, 8, 2});
        CHECK(graph.shapes[graph.outputs[1]] == Shape{1, 72, 5});
        const NetworkGraph second =
            build_graph(parse_onnx(bytes_of(test::rich_onnx()), "rich"), {1});
        CHECK(second.output_names == std::vector<std::string>{"z"});
        CHECK(second.nodes.size() < graph.nodes.size());
    }

    TEST_CASE("no .onnx file at all") {
        check_refused("", "is no .onnx file or damaged");
        check_refused("hello, this is a text", "is no .onnx file or damaged");
        check_refused(std::string(100, '\0'), "is no .onnx file or damaged");
    }

    TEST_CASE("a file cut anywhere is refused or still a whole graph") {
        const std::string whole = test::rich_onnx();
        for (std::size_t length = 0; length < whole.size(); ++length) {
            CAPTURE(length);
            CHECK_FALSE(why_refused(whole.substr(0, length)).empty());
        }
        if (const auto file = test::shared_file("weights/pan_mnv3s_skin_clothes_hair.onnx")) {
            const std::string big = whole_file(*file);
            std::mt19937 random(1);
            for (int i = 0; i < 30; ++i) {
                const std::size_t length = random() % big.size();
                CAPTURE(length);
                CHECK_FALSE(why_refused(big.substr(0, length)).empty());
            }
        }
    }

    TEST_CASE("a file of more than 2 GB is refused before it is read") {
        const test::TemporaryFolder folder;
        const std::string path = folder / "large.onnx";
        std::ofstream(path) << "x";
        std::filesystem::resize_file(path, std::uintmax_t{3} << 30U);  // takes no room on disk
        CHECK_THROWS_WITH_AS(read_onnx(path), doctest::Contains("larger than 2 GB"), ModelError);
        CHECK_THROWS_AS(read_onnx(folder / "none.onnx"), ModelError);
        CHECK_THROWS_AS(read_onnx(folder.path()), ModelError);
    }

    TEST_CASE("weights in other files are refused, wherever they point") {
        OnnxWriter file = with_filters();
        onnx::TensorProto& weights = *file.graph().mutable_initializer(0);
        weights.clear_raw_data();
        weights.set_data_location(onnx::TensorProto::EXTERNAL);
        auto& place = *weights.add_external_data();
        place.set_key("location");
        place.set_value("../../etc/passwd");
        file.node("Conv", {"x", "w"}, {"y"});
        check_refused(file.bytes(), "keeps the weights 'w' in another file");
    }

    TEST_CASE("shapes that do not fit their numbers") {
        for (const Shape& shape :
             {Shape{4, 3, 3, 4}, Shape{-4, -3, 3, 3}, Shape{0, 3, 3, 3},
              Shape{std::int64_t{1} << 62, 4, 3, 3}, Shape{1, 1, 1, 1, 1, 1, 1, 1, 1, 108}}) {
            OnnxWriter file = with_filters(shape);
            file.node("Conv", {"x", "w"}, {"y"});
            check_refused(file.bytes(), "is damaged: the tensor 'w'");
        }
        OnnxWriter type = with_filters();
        type.graph().mutable_initializer(0)->set_data_type(onnx::TensorProto::STRING);
        type.node("Conv", {"x", "w"}, {"y"});
        check_refused(type.bytes(), "which is not supported");
    }

    TEST_CASE("operators that do not fit their operands") {
        const auto refused = [](const std::string& type, const OnnxWriter::Attributes& attributes,
                                const std::string& why) {
            OnnxWriter file = with_filters();
            file.node(type, {"x", "w"}, {"y"}, attributes);
            check_refused(file.bytes(), why);
        };
        const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
        refused("Conv", {{"strides", Shape{0, 1}}}, "has strides of 0, 1");
        refused("Conv", {{"strides", Shape{1}}}, "has strides of 1");
        refused("Conv", {{"dilations", Shape{huge, huge}}}, "has dilations of");
        refused("Conv", {{"pads", Shape{-1, 0, 0, 0}}}, "has pads of");
        refused("Conv", {{"pads", Shape{huge, huge, huge, huge}}}, "has pads of");
        refused("Conv", {{"group", std::int64_t{0}}}, "in 0 groups");
        refused("Conv", {{"group", huge}}, "groups");
        refused("Conv", {{"kernel_shape", Shape{5, 5}}}, "has a kernel of 5x5");
        refused("Conv", {{"dilations", Shape{9, 9}}}, "larger than its picture");
        refused("Conv", {{"auto_pad", std::string("SOME")}}, "has auto_pad 'SOME'");
        refused("Transpose", {{"perm", Shape{0, 1, 1, 2}}}, "has the order");
        refused("Concat", {{"axis", huge}}, "names axis");
        refused("Concat", {{"axis", std::int64_t{1}}}, "do not fit each other");
        refused("MatMul", {}, "multiplies by 4x3x3x3");
        refused("Softmax", {{"axis", std::int64_t{7}}}, "names axis 7 of 4");
        refused("Unsqueeze", {{"axes", Shape(1000, 0)}}, "makes 1004 axes");
        refused("Split", {{"split", Shape{9}}, {"axis", std::int64_t{1}}}, "splits 3 into 9");
        refused("Gather", {{"axis", std::int64_t{1}}}, "picks by a table");
        OnnxWriter unknown;
        unknown.node("Relu", {"nowhere"}, {"y"});
        check_refused(unknown.bytes(), "reads 'nowhere', which nothing before it computes");
        OnnxWriter twice;
        twice.node("Relu", {"x"}, {"y"}).node("Relu", {"x"}, {"y"});
        check_refused(twice.bytes(), "computes 'y' again");
        OnnxWriter circle;
        circle.node("Add", {"x", "z"}, {"y"}).node("Relu", {"y"}, {"z"});
        check_refused(circle.bytes(), "reads 'z', which nothing before it computes");
        OnnxWriter none;
        check_refused(none.bytes({"missing"}), "never computes its output 'missing'");
        check_refused(none.bytes({}), "has no outputs");
    }

    TEST_CASE("numbers that grow without end are refused") {
        OnnxWriter shape;
        shape.integers("s", {1 << 15, 1 << 16}).node("ConstantOfShape", {"s"}, {"y"});
        check_refused(shape.bytes(), "more numbers of its constants than the file can need");
        OnnxWriter range;
        range.number("a", 0).number("b", 1e30F).number("c", 1e-30F);
        range.node("Range", {"a", "b", "c"}, {"y"});
        check_refused(range.bytes(), "counts without end");
        OnnxWriter copies = with_filters({108});
        std::string last = "w";
        for (int i = 0; i < 200'000; ++i) {
            const std::string next = "n" + std::to_string(i);
            copies.node("Identity", {last}, {next});
            last = next;
        }
        check_refused(copies.bytes({last}), "more numbers of its constants than the file can need");
        OnnxWriter large(13, {1, 3, 1 << 14, 1 << 14});
        large.node("Relu", {"x"}, {"y"});
        check_refused(large.bytes(), "has a value of shape");
    }

    TEST_CASE("inputs that are no picture of known size") {
        OnnxWriter open(13, {1, 3, 0, 0});
        open.node("Relu", {"x"}, {"y"});
        check_refused(open.bytes(), "leaves the size of its input open");
        const std::string bytes = open.bytes();
        const NetworkGraph graph =
            build_graph(parse_onnx(bytes_of(bytes), "open.onnx"), {}, {6, 10});
        CHECK(graph.shapes[0] == Shape{1, 6, 10, 3});
        OnnxWriter flat(13, {1, 128});
        flat.node("Relu", {"x"}, {"y"});
        check_refused(flat.bytes(), "has an input that is no picture");
        OnnxWriter two;
        *two.graph().add_input() = two.graph().input(0);
        two.graph().mutable_input(1)->set_name("second");
        two.node("Add", {"x", "second"}, {"y"});
        check_refused(two.bytes(), "has 2 inputs");
    }

    TEST_CASE("versions of the operators that are not known") {
        for (const std::int64_t version : {std::int64_t{1}, std::int64_t{99}}) {
            OnnxWriter file(version);
            file.node("Relu", {"x"}, {"y"});
            check_refused(file.bytes(), "of ONNX's operators, and 7 to 22 are supported");
        }
    }
}
