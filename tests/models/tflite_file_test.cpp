#include "core/half.h"
#include "models/tflite/file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <random>

#include "core/error.h"
#include "models/graph/network_graph.h"
#include "models/nhwc/plan.h"
#include "models/store/model_store.h"
#include "models/tflite/constants.h"
#include "models/tflite/graph_builder.h"
#include "small_models.h"
#include "support/safetensors.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tflite_writer.h"

using namespace closet;
using closet::test::Bytes;

namespace {

// Runs what the own kernels serve, in buffers of the exact size. Large ones only cost time.
void run(const NetworkGraph& graph) {
    constexpr std::size_t kMostBytes = std::size_t{1} << 18;
    const NhwcKernels* const kernels = nhwc_kernels();
    if (kernels == nullptr || !nhwc_supports(graph)) {
        return;
    }
    const NhwcPlan plan = make_nhwc_plan(graph, *kernels);
    const auto size = [&](std::size_t id) {
        std::size_t count = 1;
        for (const auto extent : plan.values[id].shape) {
            count *= static_cast<std::size_t>(extent);
        }
        return count;
    };
    if (std::max({plan.arena_bytes, plan.scratch_bytes, size(0) * sizeof(float)}) > kMostBytes) {
        return;
    }
    const std::vector<float> input(size(0), 0.5F);
    std::vector<std::vector<float>> results;
    std::vector<float*> targets;
    for (const auto output : plan.outputs) {
        targets.push_back(results.emplace_back(size(output)).data());
    }
    const AlignedBytes arena = aligned_bytes(plan.arena_bytes);
    const AlignedBytes scratch = aligned_bytes(plan.scratch_bytes);
    run_nhwc(plan, *kernels, input.data(), targets, arena.get(), scratch.get());
}

// Whatever the bytes are: a network that runs or a ModelError, nothing else.
bool survives(std::span<const std::byte> bytes, bool with_graph) {
    try {
        const TfliteFile file = parse_tflite(bytes, "hostile");
        if (with_graph) {
            run(build_graph(file, {}));
        }
        return true;
    } catch (const ModelError& error) {
        const bool names_it = std::string_view(error.what()).starts_with("hostile");
        CHECK_MESSAGE(names_it, error.what());
        return names_it;
    }
}

std::optional<Bytes> real_model(const std::string& name) {
    const auto path = models_folder() / (name + ".tflite");
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::cout << "SKIPPED: model " << path << " is absent (scripts/setup)\n";
        return std::nullopt;
    }
    Bytes bytes(std::filesystem::file_size(path));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

// Positions that hold no weights: tables, lists, names.
std::vector<std::size_t> structure_of(std::span<const std::byte> bytes) {
    std::vector<bool> weights(bytes.size(), false);
    const TfliteFile file = parse_tflite(bytes, "model");
    for (const TfliteTensor& tensor : file.tensors) {
        const auto start = static_cast<std::size_t>(tensor.data.data() - bytes.data());
        for (std::size_t i = 0; i < tensor.data.size(); ++i) {
            weights[start + i] = true;
        }
    }
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (!weights[i]) {
            positions.push_back(i);
        }
    }
    return positions;
}

// Overwrites one to four places with bytes that matter to offsets and counts, or with noise.
class Mutator {
  public:
    explicit Mutator(Bytes& bytes) : bytes_(bytes), positions_(structure_of(bytes)) {}

    void mutate() {
        const auto places = std::uniform_int_distribution<int>(1, 4)(random_);
        for (int i = 0; i < places; ++i) {
            const std::size_t position = positions_[std::uniform_int_distribution<std::size_t>(
                0, positions_.size() - 1)(random_)];
            saved_.emplace_back(position, bytes_[position]);
            static constexpr unsigned kTelling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE, 0x04, 0x20};
            const bool telling = std::uniform_int_distribution<int>(0, 1)(random_) == 0;
            const auto choice = std::uniform_int_distribution<unsigned>(0, 255)(random_);
            bytes_[position] = static_cast<std::byte>(telling ? kTelling[choice % 8] : choice);
        }
    }
    void restore() {
        for (auto undo = saved_.rbegin(); undo != saved_.rend(); ++undo) {
            bytes_[undo->first] = undo->second;
        }
        saved_.clear();
    }

  private:
    Bytes& bytes_;
    std::vector<std::size_t> positions_;
    std::vector<std::pair<std::size_t, std::byte>> saved_;
    std::mt19937 random_{20240501};
};

}  // namespace

TEST_SUITE("tflite file") {
    TEST_CASE("a small model is described as it was written") {
        const Bytes bytes = test::sparse_model();
        const TfliteFile file = parse_tflite(bytes, "small");
        REQUIRE(file.tensors.size() == 8);
        CHECK(file.tensors[0].shape == std::vector<std::int64_t>{1, 4, 4, 4});
        CHECK(file.tensors[0].name == "t0");
        CHECK(file.inputs == std::vector<std::int32_t>{0});
        REQUIRE(file.operators.size() == 5);
        CHECK(file.operators[0].name == "DENSIFY");
        CHECK(file.operators[3].name == "ADD");
        CHECK(std::get<TfliteBinary>(file.operators[3].options).activation ==
              TfliteActivation::kRelu6);
        CHECK(std::get<TfliteWindow>(file.operators[4].options).filter_h == 2);
    }

    TEST_CASE("a sparse constant becomes dense") {
        const Bytes bytes = test::sparse_model();
        const TfliteFile file = parse_tflite(bytes, "small");
        CHECK(float_constant(file, file.tensors[1]) == std::vector<float>{0, 1, 0, 2, 3, 0, 0, 0});
    }

    TEST_CASE("a block-sparse constant becomes dense") {
        // 4 x 4 of 2 x 2 blocks, of which the top right and the bottom left are stored.
        using W = test::FlatWriter;
        const auto dense = [](std::int32_t size) {
            return W::Fields{{0, W::scalar(std::int8_t{0})}, {1, W::scalar(size)}};
        };
        const W::Fields csr = {
            {0, W::scalar(std::int8_t{1})},
            {2, W::scalar(std::uint8_t{1})},
            {3, W::table({{0, W::vector(std::vector<std::int32_t>{0, 1, 2})}})},
            {4, W::scalar(std::uint8_t{1})},
            {5, W::table({{0, W::vector(std::vector<std::int32_t>{1, 0})}})},
        };
        test::ModelWriter model({1, 1, 1, 1});
        model.constant<float>({4, 4}, TfliteType::kFloat32, {1, 2, 3, 4, 5, 6, 7, 8},
                              {{0, W::vector(std::vector<std::int32_t>{0, 1, 2, 3})},
                               {1, W::vector(std::vector<std::int32_t>{0, 1})},
                               {2, W::tables({dense(2), csr, dense(2), dense(2)})}});
        const Bytes bytes = model.bytes({0});
        const TfliteFile file = parse_tflite(bytes, "small");
        CHECK(float_constant(file, file.tensors[1]) ==
              std::vector<float>{0, 0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 7, 8, 0, 0});
    }

    TEST_CASE("the detector's sparse weights become the reference's dense ones") {
        const auto data =
            test::shared_file("fixtures/blazepose/pose_detection_densified_sample.safetensors");
        const auto bytes = real_model("pose_detection");
        if (!data || !bytes) {
            return;
        }
        const TfliteFile file = parse_tflite(*bytes, "pose_detection");
        std::vector<const TfliteTensor*> sparse;
        for (const TfliteOperator& op : file.operators) {
            if (op.code == static_cast<std::int32_t>(TfliteCode::kDensify)) {
                sparse.push_back(&file.tensors[static_cast<std::size_t>(op.inputs[0])]);
            }
        }
        CHECK(sparse.size() == 38);
        std::size_t next = 0;
        for (const auto& entry : test::read_safetensors(*data)) {
            CAPTURE(entry.first);
            const test::SafeTensor& stored = entry.second;
            const TfliteTensor& tensor = *sparse.at(next++);
            CHECK(tensor.shape == stored.shape);
            std::vector<float> expected;
            for (const auto half : stored.as<std::uint16_t>()) {
                expected.push_back(float_from_half(half));
            }
            CHECK(float_constant(file, tensor) == expected);
        }
        CHECK(next == 3);
    }

    TEST_CASE("half precision converts exactly") {
        CHECK(float_from_half(0x3C00) == 1.0F);
        CHECK(float_from_half(0xC000) == -2.0F);
        CHECK(float_from_half(0x7BFF) == 65504.0F);
        CHECK(float_from_half(0x0001) == 0x1p-24F);  // smallest subnormal
        CHECK(float_from_half(0x03FF) == 0x1.FF8p-15F);
        CHECK(std::signbit(float_from_half(0x8000)));
        CHECK(float_from_half(0xFC00) == -std::numeric_limits<float>::infinity());
        CHECK(std::isnan(float_from_half(0x7E00)));
    }

    TEST_CASE("files that are no model are refused with their name") {
        const test::TemporaryFolder temporary;
        const std::filesystem::path folder = temporary.path();
        std::ofstream(folder / "empty.tflite").close();
        std::ofstream(folder / "text.tflite") << "hello, this is no model at all";
        CHECK_THROWS_WITH_AS(read_tflite(folder / "empty.tflite"), doctest::Contains("it is empty"),
                             ModelError);
        CHECK_THROWS_WITH_AS(read_tflite(folder / "text.tflite"),
                             doctest::Contains("text.tflite is not a TFLite model"), ModelError);
        CHECK_THROWS_WITH_AS(read_tflite(folder), doctest::Contains("it is not a file"),
                             ModelError);
        CHECK_THROWS_WITH_AS(read_tflite(folder / "absent.tflite"),
                             doctest::Contains("No such file"), ModelError);
    }

    TEST_CASE("small models cut at any length are refused") {
        for (const Bytes& bytes : {test::sparse_model(), test::rich_model()}) {
            CHECK_NOTHROW(build_graph(parse_tflite(bytes, "whole"), {}));
            for (std::size_t length = 0; length < bytes.size(); ++length) {
                CAPTURE(length);
                // A copy, so that a sanitizer sees reads past the end.
                const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
                CHECK(survives(cut, true));
            }
        }
    }

    TEST_CASE("small models with damaged bytes are run or refused") {
        for (Bytes bytes : {test::sparse_model(), test::rich_model()}) {
            Mutator mutator(bytes);
            for (int i = 0; i < 30'000; ++i) {
                mutator.mutate();
                REQUIRE(survives(bytes, true));
                mutator.restore();
            }
        }
    }

    TEST_CASE("real models with damaged tables or a cut end are run or refused") {
        struct Case {
            const char* name;
            int mutations;
            bool with_graph;  ///< too slow for the larger one
        };
        for (const Case& chosen :
             {Case{"pose_detection", 5'000, false}, Case{"selfie_segmentation", 1'000, true}}) {
            auto bytes = real_model(chosen.name);
            if (!bytes) {
                continue;
            }
            Mutator mutator(*bytes);
            for (int i = 0; i < chosen.mutations; ++i) {
                mutator.mutate();
                REQUIRE(survives(*bytes, chosen.with_graph));
                mutator.restore();
            }
            const std::size_t step = bytes->size() / 199;  // prime, so that alignment varies
            for (std::size_t length = 0; length < bytes->size(); length += step) {
                const Bytes cut(bytes->begin(),
                                bytes->begin() + static_cast<std::ptrdiff_t>(length));
                REQUIRE(survives(cut, false));
            }
        }
    }

    TEST_CASE("a tiny file cannot ask for a huge dense tensor") {
        using W = test::FlatWriter;
        const auto dense = [](std::int32_t size) {
            return W::Fields{{0, W::scalar(std::int8_t{0})}, {1, W::scalar(size)}};
        };
        test::ModelWriter model({1, 1, 1, 1});
        model.constant<float>({4096, 4096}, TfliteType::kFloat32, {1},
                              {{0, W::vector(std::vector<std::int32_t>{0, 1})},
                               {2, W::tables({dense(4096), dense(4096)})}});
        const Bytes bytes = model.bytes({0});
        const TfliteFile file = parse_tflite(bytes, "small");
        CHECK_THROWS_WITH_AS(float_constant(file, file.tensors[1]), doctest::Contains("sparse"),
                             ModelError);
    }
}
