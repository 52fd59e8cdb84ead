#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bytes.h"
#include "models/checkpoint/checkpoint.h"
#include "pickle_writer.h"
#include "refusal.h"
#include "zip_writer.h"

using namespace closet;
using test::check_refused;
using test::ZipMember;

namespace {

const std::string kPickle = test::pickle::complete(
    test::pickle::dict({{"state_dict", test::pickle::dict({{"x", test::pickle::square()}})}}));
const std::string kFloats = test::pickle::four_floats().data;

ZipMember pickle_member() {
    return {.name = "m/data.pkl", .data = kPickle};
}
ZipMember storage_member() {
    return {.name = "m/data/0", .data = kFloats};
}

void check_reads(const std::string& bytes) {
    const auto checkpoint = parse_checkpoint(test::as_bytes(bytes), "test");
    CHECK(checkpoint->format() == Checkpoint::Format::kPthZip);
    CHECK(to_floats(*checkpoint->find("x")) == std::vector<float>{1, 2, 3, 4});
}

}  // namespace

TEST_SUITE("zip") {
    TEST_CASE("archives of old and of large files are read") {
        check_reads(test::zip({pickle_member(), storage_member()}));
        check_reads(test::zip({pickle_member(),
                               {.name = "m/byteorder", .data = "little"},
                               storage_member(),
                               {.name = "m/.data/serialization_id", .data = "1"}}));
        check_reads(test::zip({pickle_member(), storage_member()}, {.comment = "PK\5\6 of mine"}));
        check_reads(test::zip({pickle_member(), storage_member()}, {.zip64 = true}));
        ZipMember wide = storage_member();
        const auto size = static_cast<std::uint64_t>(kFloats.size());
        wide.size = wide.compressed = 0xFFFFFFFF;
        wide.extra = test::stored<std::uint32_t>(7) + test::stored<std::uint16_t>(1) +
                     test::stored<std::uint16_t>(16) + test::stored(size) + test::stored(size);
        wide.extra =
            test::stored<std::uint16_t>(7) + test::stored<std::uint16_t>(0) + wide.extra.substr(4);
        check_reads(test::zip({pickle_member(), wide}));
    }

    TEST_CASE("members that are packed or hidden are refused with a remedy") {
        ZipMember packed = storage_member();
        packed.method = 8;
        check_refused(test::zip({pickle_member(), packed}), "again with zip -0");
        // What is not read may be packed: the code of a TorchScript program is.
        ZipMember code{.name = "m/code/__torch__.py", .data = "import os", .method = 8};
        code.size = 4000;
        check_reads(test::zip({pickle_member(), code, storage_member()}));
        code.data = kPickle;
        code.name = "m/data.pkl";
        check_refused(test::zip({code, storage_member()}), "again with zip -0");
        ZipMember secret = storage_member();
        secret.flags = 1;
        check_refused(test::zip({pickle_member(), secret}), "encrypted");
    }

    TEST_CASE("an archive that torch.save did not write is refused") {
        check_refused(test::zip({storage_member()}), "torch.save did not write");
        check_refused(test::zip({{.name = "a/b/data.pkl", .data = kPickle}}),
                      "torch.save did not write");
        check_refused(test::zip({pickle_member(), {.name = "n/data.pkl", .data = kPickle}}),
                      "two checkpoints");
        check_refused(test::zip({pickle_member(), {.name = "m/byteorder", .data = "big"}}),
                      "big-endian");
        check_refused(test::zip({pickle_member()}), "storage '0' is missing");
        check_refused(test::zip({pickle_member(), {.name = "m/data/0", .data = "abc"}}),
                      "another size");
        check_refused("PK\3\4" + std::string(100, '\0'), "no zip directory");
    }

    TEST_CASE("two members cannot share a name or bytes") {
        check_refused(test::zip({pickle_member(), storage_member(), storage_member()}),
                      "'m/data/0' twice");
        ZipMember shared = storage_member();
        shared.name = "m/data/1";
        shared.local_name = "m/data/0";
        shared.offset = static_cast<std::uint32_t>(
            test::zip({pickle_member()}).find("PK\1\2"));  // where the next member begins
        check_refused(test::zip({pickle_member(), storage_member(), shared}), "do not agree");
        shared.name = "m/data/0";
        check_refused(test::zip({pickle_member(), storage_member(), shared}), "overlap");
    }

    TEST_CASE("sizes and places that lie are refused") {
        const auto with = [](auto change) {
            ZipMember member = storage_member();
            change(member);
            return test::zip({pickle_member(), member});
        };
        check_refused(with([](ZipMember& m) { m.size = m.compressed = 0x7FFFFFFF; }),
                      "outside the file");
        check_refused(with([](ZipMember& m) { m.size = m.compressed = 0xFFFFFFFF; }),
                      "outside the file");
        check_refused(with([](ZipMember& m) { m.offset = 0xFFFFFFFF; }), "outside the file");
        check_refused(with([](ZipMember& m) { m.offset = 3; }), "outside the file");
        check_refused(with([](ZipMember& m) { m.local_name = "m/data/9"; }), "do not agree");
        check_refused(with([](ZipMember& m) { m.name = "\x1B[2J"; }), "not plain text");
        check_refused(with([](ZipMember& m) {
                          m.size = m.compressed = 0xFFFFFFFF;
                          m.extra = test::stored<std::uint16_t>(1) +
                                    test::stored<std::uint16_t>(4) + test::stored(0);
                      }),
                      "outside the file");
        check_refused(with([](ZipMember& m) {
                          m.extra =
                              test::stored<std::uint16_t>(1) + test::stored<std::uint16_t>(0xFFFF);
                      }),
                      "outside the file");

        const std::vector<ZipMember> good = {pickle_member(), storage_member()};
        check_refused(test::zip(good, {.entries = 3}), "outside the file");
        check_refused(test::zip(good, {.entries = 1}), "more entries");
        check_refused(test::zip(good, {.entries = 0xFFFF}), "zip64");
        check_refused(test::zip(good, {.offset = 0xFFFFFFF0}), "outside the file");
        check_refused(test::zip(good, {.offset = 0}), "damaged");
        check_refused(test::zip(good, {.size = 0xFFFFFFF0}), "outside the file");
        std::string wide = test::zip(good, {.zip64 = true});
        const std::size_t record = wide.find("PK\6\6");
        wide.replace(record + 32, 8, test::stored(~std::uint64_t{0}));
        check_refused(wide, "more members");
        wide.replace(record + 40, 8, test::stored(~std::uint64_t{0}));
        check_refused(wide, "outside the file");
    }
}
