#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/sha256.h"
#include "encode/unit_file.h"
#include "support/shell.h"

extern "C" {
#include <libavutil/mem.h>
}

namespace closet::test {
namespace {

EncodedVideo make_video() {
    EncodedVideo video{AvCodecParameters(avcodec_parameters_alloc()), {1, 90000}};
    AVCodecParameters& codec = *video.codec;
    codec.codec_type = AVMEDIA_TYPE_VIDEO;
    codec.codec_id = AV_CODEC_ID_HEVC;
    codec.width = 640;
    codec.height = 480;
    codec.sample_aspect_ratio = {4, 3};
    codec.color_trc = AVCOL_TRC_SMPTE2084;
    codec.video_delay = 2;
    const std::string extra = "headers of the stream";
    codec.extradata =
        static_cast<std::uint8_t*>(av_mallocz(extra.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::memcpy(codec.extradata, extra.data(), extra.size());
    codec.extradata_size = static_cast<int>(extra.size());
    video.light = {{AV_PKT_DATA_CONTENT_LIGHT_LEVEL, {1, 2, 3, 4}},
                   {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, std::vector<std::uint8_t>(88, 5)}};
    video.orientation = {90, true};
    return video;
}

AvPacket make_packet(std::int64_t pts, const std::string& bytes) {
    AvPacket packet = make_av_packet();
    REQUIRE(av_new_packet(packet.get(), static_cast<int>(bytes.size())) == 0);
    std::memcpy(packet->data, bytes.data(), bytes.size());
    packet->pts = pts;
    packet->dts = pts - 3000;
    packet->duration = 3000;
    packet->flags = pts == 0 ? AV_PKT_FLAG_KEY : 0;
    return packet;
}

/// A unit of three packets, the second with side data.
std::string write_unit(const std::string& path, const EncodedVideo& video) {
    UnitWriter writer(path, video);
    writer.write(*make_packet(0, "key"));
    const AvPacket second = make_packet(6000, std::string(1000, 'x'));
    std::memcpy(av_packet_new_side_data(second.get(), AV_PKT_DATA_A53_CC, 6), "titles", 6);
    writer.write(*second);
    writer.write(*make_packet(3000, ""));
    CHECK(writer.packets() == 3);
    return writer.publish();
}

/// Reads all packets; what is wrong with the file, or nothing.
std::string read_whole(const std::string& path) {
    try {
        UnitReader reader(path);
        while (reader.next()) {
        }
    } catch (const MediaError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_SUITE("encode") {
    TEST_CASE("a unit's file gives back packets and all that is known of the video") {
        const TemporaryFolder folder;
        const std::string path = folder / "0.video";
        const EncodedVideo video = make_video();
        const std::string hash = write_unit(path, video);
        CHECK(hash == sha256_of_file(path));
        UnitReader reader(path);
        const EncodedVideo& read = reader.video();
        CHECK(is_same_stream(read, video));
        CHECK(read.codec->sample_aspect_ratio.num == 4);
        CHECK(read.codec->color_trc == AVCOL_TRC_SMPTE2084);
        CHECK(read.codec->video_delay == 2);
        CHECK(std::memcmp(read.codec->extradata, "headers of the stream", 21) == 0);
        CHECK(read.time_base.den == 90000);
        CHECK(read.orientation == video.orientation);
        REQUIRE(read.light.size() == 2);
        CHECK(read.light[1].type == AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
        CHECK(read.light[1].bytes == video.light[1].bytes);

        const auto key = reader.next(), second = reader.next(), empty = reader.next();
        REQUIRE(key);
        REQUIRE(second);
        REQUIRE(empty);
        CHECK((*key)->flags == AV_PKT_FLAG_KEY);
        CHECK((*key)->dts == -3000);
        CHECK((*second)->pts == 6000);
        CHECK((*second)->duration == 3000);
        CHECK(std::string((*second)->data, (*second)->data + (*second)->size) ==
              std::string(1000, 'x'));
        REQUIRE((*second)->side_data_elems == 1);
        CHECK((*second)->side_data[0].type == AV_PKT_DATA_A53_CC);
        CHECK(std::memcmp((*second)->side_data[0].data, "titles", 6) == 0);
        CHECK((*empty)->size == 0);
        CHECK_FALSE(reader.next());
        CHECK(reader.hash() == hash);
    }

    TEST_CASE("the same frames make the same file of a unit, byte for byte") {
        const TemporaryFolder folder;
        write_unit(folder / "a", make_video());
        write_unit(folder / "b", make_video());
        CHECK(read_file(folder / "a") == read_file(folder / "b"));
    }

    TEST_CASE("a unit's file appears under its name when it is whole") {
        const TemporaryFolder folder;
        {
            UnitWriter writer(folder / "0.video", make_video());
            writer.write(*make_packet(0, "key"));
            CHECK_FALSE(fs::exists(folder / "0.video"));
        }
        CHECK(fs::is_empty(folder.path()));
    }

    TEST_CASE("a unit's file that is cut anywhere is refused by name, or ends with a packet") {
        const TemporaryFolder folder;
        write_unit(folder / "whole", make_video());
        const std::string whole = read_file(folder / "whole");
        const std::string cut = folder / "cut";
        int ends_well = 0;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            write_file(cut, whole.substr(0, size));
            const std::string told = read_whole(cut);
            ends_well += told.empty() ? 1 : 0;
            CHECK((told.empty() || told.find("cannot read " + cut) == 0));
        }
        CHECK(ends_well == 3);  // after the header and two of three packets: the hash tells
        CHECK(read_whole(folder / "absent").find("cannot read") == 0);
        CHECK(read_whole(folder.path().string()).find("cannot read") == 0);
    }

    TEST_CASE("sizes in a unit's file that are larger than the file are refused") {
        const TemporaryFolder folder;
        write_unit(folder / "whole", make_video());
        const std::string whole = read_file(folder / "whole");
        const std::string bad = folder / "bad";
        for (const std::uint64_t size :
             {~std::uint64_t{0}, std::uint64_t{1} << 63U, std::uint64_t{1} << 31U,
              (std::uint64_t{1} << 31U) - 1, std::uint64_t{whole.size()}}) {
            for (std::size_t at = 0; at + sizeof size <= whole.size(); ++at) {
                std::string bytes = whole;
                std::memcpy(bytes.data() + at, &size, sizeof size);
                write_file(bad, bytes);
                const std::string told = read_whole(bad);  // the hash tells what this cannot
                CHECK((told.empty() || told.find("cannot read " + bad) == 0));
            }
        }
    }

    TEST_CASE("noise in place of a unit's file is refused, or read to its end") {
        const TemporaryFolder folder;
        write_unit(folder / "whole", make_video());
        const std::string whole = read_file(folder / "whole"), bad = folder / "bad";
        std::mt19937 random(1);
        for (int i = 0; i < 3000; ++i) {
            std::string bytes = whole.substr(0, i % 2 == 0 ? 14 : whole.size());
            if (i % 2 == 0) {  // behind the first line
                bytes.resize(14 + random() % 600);
                for (std::size_t at = 14; at < bytes.size(); ++at) {
                    bytes[at] = static_cast<char>(random() % 4 == 0 ? random() : 0);
                }
            } else {
                for (int changes = 0; changes < 5; ++changes) {
                    bytes[random() % bytes.size()] = static_cast<char>(random());
                }
            }
            write_file(bad, bytes);
            const std::string told = read_whole(bad);
            CHECK((told.empty() || told.find("cannot read " + bad) == 0));
        }
    }

    TEST_CASE("units are of one stream where nothing that a container tells differs") {
        const EncodedVideo video = make_video();
        EncodedVideo other = make_video();
        CHECK(is_same_stream(video, other));
        SUBCASE("size") {
            other.codec->width = 642;
        }
        SUBCASE("color") {
            other.codec->color_trc = AVCOL_TRC_BT709;
        }
        SUBCASE("headers") {
            other.codec->extradata[3] ^= 1;
        }
        SUBCASE("shorter headers") {
            --other.codec->extradata_size;
        }
        SUBCASE("time base") {
            other.time_base.den = 48000;
        }
        SUBCASE("orientation") {
            other.orientation = {};
        }
        CHECK_FALSE(is_same_stream(video, other));
    }
}

}  // namespace closet::test
