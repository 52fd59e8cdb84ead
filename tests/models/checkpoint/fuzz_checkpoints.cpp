// Damages model files and reads them: fuzz_checkpoints COUNT [.ENDING] [FILE...]
//
// COUNT mutations, with .ENDING of files of that kind alone, in turn of each FILE (.onnx by its
// name; .pth, .safetensors, .tflite by content) and of small files that it makes itself, among them
// one of each family and layout of networks. Whatever the bytes are, they must be read, recognized
// and loaded as far as they go, or refused with a ModelError, in 10 s of processor time and 2 GB.
// Exit code 1 where not.

#include <charconv>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include <fmt/format.h>

#include "bytes.h"
#include "core/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/networks/narrow_networks.h"
#include "models/onnx/graph_builder.h"
#include "models/onnx/onnx_writer.h"
#include "models/small_models.h"
#include "models/tflite/file.h"
#include "models/tflite/graph_builder.h"
#include "mutator.h"
#include "pickle_writer.h"
#include "zip_writer.h"

namespace {

using namespace closet;

constexpr std::size_t kMostMemory = std::size_t{2} << 30U;
constexpr double kMostSeconds = 10;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kHasAddressSanitizer = true;  // reserves terabytes of addresses
#elif defined(__has_feature)
constexpr bool kHasAddressSanitizer = __has_feature(address_sanitizer);
#else
constexpr bool kHasAddressSanitizer = false;
#endif

struct Seed {
    std::string name, bytes;
};

std::string text_of(const test::Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One small file of each format.
std::vector<Seed> made_seeds() {
    using namespace test::pickle;
    const std::string object =
        dict({{"meta", dict({{"epoch", integer(3)}, {"names", list({text("a"), "N"})}})},
              {"state_dict", global("collections", "OrderedDict") + ")R(" + text("x") + square() +
                                 text("y") + tensor(storage("0", 4), 1, {3}, {1}) + "u"}});
    const std::string header =
        R"({"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
        R"("y":{"dtype":"BF16","shape":[4],"data_offsets":[8,16]}})";
    const std::vector<test::ZipMember> members = {{.name = "m/data.pkl", .data = complete(object)},
                                                  {.name = "m/byteorder", .data = "little"},
                                                  {.name = "m/data/0", .data = four_floats().data}};
    const std::string program =
        module({{"x", square()}, {"net", module({{"y", tensor(storage("0", 4), 1, {3}, {1})}})}});
    const std::vector<test::ZipMember> archive = {
        {.name = "m/data.pkl", .data = complete(program)},
        {.name = "m/code/__torch__.py", .data = "packed", .method = 8, .size = 400},
        {.name = "m/data/0", .data = four_floats().data}};
    std::vector<Seed> seeds{{"legacy.pth", legacy(object)},
                            {"torchscript.pt", test::zip(archive)},
                            {"zip.pth", test::zip(members)},
                            {"zip64.pth", test::zip(members, {.zip64 = true})},
                            {"made.safetensors", test::stored<std::uint64_t>(header.size()) +
                                                     header + std::string(16, '\1')},
                            {"sparse.tflite", text_of(test::sparse_model())},
                            {"rich.tflite", text_of(test::rich_model())},
                            {"rich.onnx", test::rich_onnx()}};
    // Every second one in wrappers, which can be damaged too.
    for (const RecognizedNetwork& network : test::narrow_networks()) {
        const bool odd = seeds.size() % 2 == 1;
        seeds.push_back(
            {network.text + ".pth", test::saved(test::whole_checkpoint(network),
                                                odd ? test::SavedAs{}
                                                    : test::SavedAs{.wrappers = {"params_ema"},
                                                                    .prefix = "module.",
                                                                    .is_half = true})});
    }
    return seeds;
}

enum class Kind { kCheckpoint, kTflite, kOnnx };

Kind kind_of(const Seed& seed) {
    if (seed.name.ends_with(".onnx")) {
        return Kind::kOnnx;
    }
    return seed.bytes.size() > 8 && std::string_view(seed.bytes).substr(4, 4) == "TFL3"
               ? Kind::kTflite
               : Kind::kCheckpoint;
}

// Loads the network that the checkpoint holds, if any, whatever it lacks, within 64 MB.
void load_any(const Checkpoint& checkpoint) {
    constexpr std::int64_t kMostParameters = 1 << 24;
    const StateDict state(checkpoint.tensors());
    const auto network = recognize_network(state);
    if (!network || survey(*network, state).parameters > kMostParameters) {
        return;
    }
    if (network->build) {
        load_network(*network, state, "mutated", /*allow_partial=*/true);
    } else {
        load_weights(*network, state, "mutated", /*allow_partial=*/true);
    }
}

// Reads the bytes and uses all that they hold, within 256 MB.
void read_all(std::string_view bytes, Kind kind) {
    if (kind == Kind::kTflite) {
        build_graph(parse_tflite(test::as_bytes(bytes), "mutated"), {});
        return;
    }
    if (kind == Kind::kOnnx) {
        build_graph(parse_onnx(test::as_bytes(bytes), "mutated"), {}, {64, 48});
        return;
    }
    const auto checkpoint = parse_checkpoint(test::as_bytes(bytes), "mutated");
    std::int64_t left = (std::int64_t{256} << 20U) / static_cast<std::int64_t>(sizeof(float));
    for (const TensorEntry& tensor : checkpoint->tensors()) {
        std::int64_t count = 1;
        for (const auto extent : tensor.shape) {
            count = extent != 0 && count > left / extent ? left + 1 : count * extent;
        }
        if (count <= left) {
            left -= static_cast<std::int64_t>(to_floats(tensor).size());
        }
    }
    load_any(*checkpoint);
}

std::size_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

/// What came of the mutations of one seed.
struct Tally {
    std::size_t read = 0, refused = 0;
    double slowest = 0;  ///< seconds
    std::size_t slowest_number = 0;
};

// Throws whatever is not a ModelError.
void try_mutation(const Seed& seed, std::size_t number, Tally& tally) {
    const std::string bytes = test::Mutator(number).mutate(seed.bytes);
    const std::clock_t start = std::clock();  // processor time: other programs do not count
    try {
        read_all(bytes, kind_of(seed));
        ++tally.read;
    } catch (const ModelError&) {
        ++tally.refused;
    }
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (seconds > tally.slowest) {
        tally.slowest = seconds;
        tally.slowest_number = number;
    }
}

int fuzz(std::size_t count, const std::vector<Seed>& seeds) {
    std::vector<Tally> tallies(seeds.size());
    for (std::size_t number = 0; number < count; ++number) {
        const std::size_t which = number % seeds.size();
        try {
            try_mutation(seeds[which], number, tallies[which]);
        } catch (const std::exception& error) {
            fmt::print(stderr, "mutation {} of {}: {}\n", number, seeds[which].name, error.what());
            return 1;
        }
    }
    bool failed = false;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
        const Tally& tally = tallies[i];
        fmt::print("{:48} {:6} read {:6} refused, slowest {:7.1f} ms (mutation {})\n",
                   seeds[i].name, tally.read, tally.refused, tally.slowest * 1e3,
                   tally.slowest_number);
        failed |= tally.slowest > kMostSeconds;
    }
    fmt::print("{} mutations, peak memory {} MB\n", count, peak_memory() >> 20U);
    return failed || peak_memory() > kMostMemory ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view number = argc > 1 ? argv[1] : "";
    std::size_t count = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), count).ptr == number.data()) {
        fmt::print(stderr, "usage: fuzz_checkpoints COUNT [.ENDING] [FILE...]\n");
        return 2;
    }
    std::vector<Seed> seeds = made_seeds();
    int next = 2;
    if (argc > next && argv[next][0] == '.' &&
        std::string_view(argv[next]).find('/') == std::string_view::npos) {
        std::erase_if(seeds, [&](const Seed& seed) { return !seed.name.ends_with(argv[next]); });
        ++next;
    }
    for (int i = next; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        seeds.push_back({argv[i], {std::istreambuf_iterator<char>(file), {}}});
        if (seeds.back().bytes.empty()) {
            fmt::print(stderr, "error: cannot read {}\n", argv[i]);
            return 2;
        }
    }
    if (seeds.empty()) {
        fmt::print(stderr, "error: no file to damage\n");
        return 2;
    }
    for (const Seed& seed : seeds) {
        // A seed that is refused as it is would test little; damaged fixtures are the exception.
        try {
            read_all(seed.bytes, kind_of(seed));
        } catch (const ModelError& error) {
            fmt::print("{} is refused as it is: {}\n", seed.name, error.what());
        }
    }
    if (!kHasAddressSanitizer) {
        const rlimit limit{.rlim_cur = kMostMemory, .rlim_max = kMostMemory};
        setrlimit(RLIMIT_AS, &limit);
    }
    return fuzz(count, seeds);
}
