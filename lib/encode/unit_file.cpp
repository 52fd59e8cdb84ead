#include "encode/unit_file.h"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr std::string_view kMagic = "closet unit 1\n";

/// Every number that a container wants to know of an encoded video, in one order for both ways.
auto numbers_of(AVCodecParameters& c) {
    return std::tie(c.codec_type, c.codec_id, c.codec_tag, c.format, c.bit_rate,
                    c.bits_per_coded_sample, c.bits_per_raw_sample, c.profile, c.level, c.width,
                    c.height, c.sample_aspect_ratio.num, c.sample_aspect_ratio.den, c.field_order,
                    c.color_range, c.color_primaries, c.color_trc, c.color_space, c.chroma_location,
                    c.video_delay);
}

/// One more than the last value of each kind: another one is nothing that was written, and no value
/// of the type.
constexpr int values_of(AVMediaType) {
    return AVMEDIA_TYPE_NB;
}
constexpr int values_of(AVCodecID) {
    return AV_CODEC_ID_FIRST_AUDIO;
}
constexpr int values_of(AVFieldOrder) {
    return AV_FIELD_BT + 1;
}
constexpr int values_of(AVColorRange) {
    return AVCOL_RANGE_NB;
}
constexpr int values_of(AVColorPrimaries) {
    return AVCOL_PRI_NB;
}
constexpr int values_of(AVColorTransferCharacteristic) {
    return AVCOL_TRC_NB;
}
constexpr int values_of(AVColorSpace) {
    return AVCOL_SPC_NB;
}
constexpr int values_of(AVChromaLocation) {
    return AVCHROMA_LOC_NB;
}
constexpr int values_of(AVPacketSideDataType) {
    return AV_PKT_DATA_NB;
}

}  // namespace

UnitWriter::UnitWriter(const std::filesystem::path& path, const EncodedVideo& video,
                       NewFileOptions options)
    : file_(path, options) {
    put(kMagic.data(), kMagic.size());
    std::apply([&](const auto&... number) { (put(number), ...); }, numbers_of(*video.codec));
    const auto extra = static_cast<std::size_t>(video.codec->extradata_size);
    put(extra);
    put(video.codec->extradata, extra);
    put(video.time_base.num);
    put(video.time_base.den);
    put(video.orientation.turn);
    put(video.orientation.mirrored);
    put(video.light.size());
    for (const SideData& side : video.light) {
        put(side.type);
        put(side.bytes.size());
        put(side.bytes.data(), side.bytes.size());
    }
    file_.write(buffer_);
}

void UnitWriter::write(const AVPacket& packet) {
    buffer_.clear();
    const auto size = static_cast<std::size_t>(packet.size);
    const auto sides = static_cast<std::size_t>(packet.side_data_elems);
    put(packet.pts);
    put(packet.dts);
    put(packet.duration);
    put(packet.flags);
    put(size);
    put(sides);
    put(packet.data, size);
    for (std::size_t i = 0; i < sides; ++i) {
        const AVPacketSideData& side = packet.side_data[i];
        put(side.type);
        put(static_cast<std::size_t>(side.size));
        put(side.data, side.size);
    }
    file_.write(buffer_);
    ++packets_;
}

std::string UnitWriter::publish() {
    file_.publish();
    return hash_.hex();
}

void UnitWriter::put(const void* bytes, std::size_t count) {
    if (count > 0) {
        hash_.add(bytes, count);
        buffer_.append(static_cast<const char*>(bytes), count);
    }
}

UnitReader::UnitReader(std::filesystem::path path)
    : path_(std::move(path)), file_(path_, std::ios::binary) {
    std::error_code error;
    left_ = std::filesystem::file_size(path_, error);
    std::array<char, kMagic.size()> magic{};
    if (!file_ || error || left_ < magic.size()) {
        fail();
    }
    take(magic.data(), magic.size());
    if (std::string_view(magic.data(), magic.size()) != kMagic) {
        fail();
    }
    video_.codec.reset(avcodec_parameters_alloc());
    if (!video_.codec) {
        throw std::bad_alloc();
    }
    std::apply([&](auto&... number) { ((number = take<std::decay_t<decltype(number)>>()), ...); },
               numbers_of(*video_.codec));
    const std::size_t extra = take_size();
    if (extra > 0) {
        video_.codec->extradata =
            static_cast<std::uint8_t*>(av_mallocz(extra + AV_INPUT_BUFFER_PADDING_SIZE));
        if (video_.codec->extradata == nullptr) {
            throw std::bad_alloc();
        }
        video_.codec->extradata_size = static_cast<int>(extra);
        take(video_.codec->extradata, extra);
    }
    video_.time_base.num = take<int>();
    video_.time_base.den = take<int>();
    video_.orientation.turn = take<int>();
    video_.orientation.mirrored = take<char>() != 0;
    const std::size_t sides = take_size();
    for (std::size_t i = 0; i < sides; ++i) {
        const auto type = take<AVPacketSideDataType>();
        std::vector<std::uint8_t> bytes(take_size());
        take(bytes.data(), bytes.size());
        video_.light.push_back({type, std::move(bytes)});
    }
    if (video_.time_base.num <= 0 || video_.time_base.den <= 0) {
        fail();
    }
}

std::optional<AvPacket> UnitReader::next() {
    if (left_ == 0) {
        return std::nullopt;
    }
    AvPacket packet = make_av_packet();
    const auto pts = take<std::int64_t>();
    const auto dts = take<std::int64_t>();
    const auto duration = take<std::int64_t>();
    const auto flags = take<int>();
    const std::size_t size = take_size();
    const std::size_t sides = take_size();
    av_check(av_new_packet(packet.get(), static_cast<int>(size)), "cannot allocate a packet");
    packet->pts = pts;
    packet->dts = dts;
    packet->duration = duration;
    packet->flags = flags;
    take(packet->data, size);
    for (std::size_t i = 0; i < sides; ++i) {
        const auto type = take<AVPacketSideDataType>();
        const std::size_t bytes = take_size();
        std::uint8_t* data = av_packet_new_side_data(packet.get(), type, bytes);
        if (data == nullptr) {  // more than a packet can have
            fail();
        }
        take(data, bytes);
    }
    return packet;
}

template <class T>
T UnitReader::take() {
    if constexpr (std::is_enum_v<T>) {
        const auto value = take<int>();
        if (value < 0 || value >= values_of(T{})) {
            fail();
        }
        return static_cast<T>(value);
    } else {
        T number{};
        take(&number, sizeof number);
        return number;
    }
}

void UnitReader::take(void* bytes, std::size_t count) {
    if (count == 0) {
        return;
    }
    if (count > left_ ||
        !file_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(count))) {
        fail();
    }
    left_ -= count;
    hash_.add(bytes, count);
}

std::size_t UnitReader::take_size() {
    constexpr std::size_t kMost = std::size_t{1} << 30U;  // of libav's packets: an int
    const auto size = take<std::size_t>();
    if (size > left_ || size > kMost) {
        fail();
    }
    return size;
}

void UnitReader::fail() const {
    throw MediaError(
        fmt::format("cannot read {}: it is no whole unit of a rendering; remove it, and it is made "
                    "again",
                    path_.string()));
}

void fail_as_changed(const std::filesystem::path& unit) {
    throw MediaError(
        fmt::format("cannot read {}: it is not what was written; remove it, and it is made again",
                    unit.string()));
}

bool is_same_stream(const EncodedVideo& a, const EncodedVideo& b) {
    const auto extra = [](const EncodedVideo& video) {
        return std::string_view(reinterpret_cast<const char*>(video.codec->extradata),
                                static_cast<std::size_t>(video.codec->extradata_size));
    };
    return numbers_of(*a.codec) == numbers_of(*b.codec) && extra(a) == extra(b) &&
           av_cmp_q(a.time_base, b.time_base) == 0 && a.orientation == b.orientation;
}

}  // namespace closet
