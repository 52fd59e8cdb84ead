#pragma once

#include <string>
#include <vector>

extern "C" {
#include <libavcodec/version.h>
}

#include "support/shell.h"

namespace closet::test {

/// A small clip with one peculiarity. The command is what follows `ffmpeg ... -y`; {dir} stands for
/// the test's folder and {out} for the clip.
struct Clip {
    std::string name;  ///< with the ending that chooses the container
    std::string command;
};

inline std::string replace_all(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// The ffmpeg tool, silent.
inline void ffmpeg(const std::string& arguments) {
    shell("ffmpeg -nostdin -v error -y " + arguments);
}

/// ffmpeg's arguments that copy `input` and have it shown turned by `degrees` counter-clockwise.
inline std::string turned_copy(const std::string& input, int degrees) {
    const std::string angle = std::to_string(degrees);
#if LIBAVCODEC_VERSION_MAJOR >= 60  // FFmpeg 6 brought the option, 7 took the tag away
    return "-display_rotation:v:0 " + angle + " -i " + input + " -c copy ";
#else
    return "-i " + input + " -c copy -metadata:s:v:0 rotate=" + angle + " ";
#endif
}

/// Files that several clips are made from: plain.mp4 (h264 with B-frames and aac), text.srt and
/// chapters.txt.
inline void make_ingredients(const TemporaryFolder& folder) {
    ffmpeg(
        "-f lavfi -i testsrc2=s=160x120:r=30:d=2 -f lavfi -i sine=440:d=2 -c:v libx264 -preset "
        "veryfast -g 20 -c:a aac -metadata title=plain " +
        folder / "plain.mp4");
    write_file(folder / "text.srt",
               "1\n00:00:00,200 --> 00:00:01,000\nhello\n\n2\n00:00:01,200 --> 00:00:01,900\n"
               "world\n");
    write_file(folder / "chapters.txt",
               ";FFMETADATA1\ntitle=T\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=one\n"
               "[CHAPTER]\nTIMEBASE=1/1000\nSTART=900\nEND=2000\ntitle=two\n");
}

inline std::string make_clip(const Clip& clip, const TemporaryFolder& folder) {
    const std::string out = folder / clip.name;
    ffmpeg(replace_all(replace_all(clip.command, "{dir}", folder.path().string()), "{out}", out));
    return out;
}

/// The first `share` of a file's bytes, as a broken download leaves it.
inline std::string truncate_clip(const std::string& path, double share,
                                 const TemporaryFolder& folder) {
    const std::string whole = read_file(path);
    const std::string out = folder / ("cut_" + fs::path(path).filename().string());
    write_file(
        out, whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * share)));
    return out;
}

inline std::vector<Clip> exactness_clips() {
    const std::string source = "-f lavfi -i testsrc2=s=160x120:r=30:d=1 ";
    const std::string odd = "-f lavfi -i testsrc=s=161x119:r=30:d=1 ";
    const std::string x264 = "-c:v libx264 -preset veryfast ";
    const std::string plain = "-i {dir}/plain.mp4 ";
    return {
        {"h264_aac.mp4", plain + "-c copy {out}"},
        {"variable_rate.mp4",
         source +
             "-f lavfi -i sine=440:d=1 -vf "
             "\"select='not(mod(n,3))+not(mod(n,7))+lt(n,9)',settb=1/90000\" -vsync "
             "passthrough -enc_time_base -1 " +
             x264 + "-c:a aac -video_track_timescale 90000 {out}"},
        {"b_pyramid_sar.mp4",
         source + x264 +
             "-bf 3 -x264-params b-pyramid=normal -vf setsar=4/3 -color_range tv -colorspace "
             "smpte170m -color_primaries smpte170m -color_trc smpte170m {out}"},
        {"odd_444.mp4", odd + "-pix_fmt yuv444p " + x264 + "{out}"},
        {"odd_420.mkv", odd + "-pix_fmt yuv420p -c:v ffv1 {out}"},
        {"full_range.mp4", source + "-pix_fmt yuvj420p " + x264 + "{out}"},
        {"interlaced.mp4",
         "-f lavfi -i testsrc2=s=160x120:r=60:d=1 -vf interlace,setfield=tff "
         "-flags +ildct+ilme -top 1 " +
             x264 + "{out}"},
        {"hdr_420p10.mp4",
         source + "-pix_fmt yuv420p10le " + x264 +
             "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc {out}"},
        {"422p10.mp4", source + "-pix_fmt yuv422p10le " + x264 + "{out}"},
        {"422p.mp4", source + "-pix_fmt yuv422p " + x264 + "{out}"},
        {"nv12.nut", source + "-pix_fmt nv12 -c:v rawvideo {out}"},
        {"rotated.mp4", turned_copy("{dir}/plain.mp4", 90) + "{out}"},
        {"chapters_srt.mkv",
         plain + "-i {dir}/text.srt -i {dir}/chapters.txt -map 0:v -map 0:a -map 1 -map_metadata 2 "
                 "-map_chapters 2 -c:v copy -c:a copy -c:s srt -metadata:s:a:0 language=deu {out}"},
        {"mov_text.mp4",
         plain + "-i {dir}/text.srt -i {dir}/chapters.txt -map 0:v -map 0:a -map 1 -map_chapters 2 "
                 "-c:v copy -c:a copy -c:s mov_text {out}"},
        {"cover.mp4", plain + "-f lavfi -i color=red:s=64x64:d=0.04 -map 0 -map 1 -c copy -c:v:1 "
                              "png -frames:v:1 1 -disposition:v:1 attached_pic {out}"},
        {"late_start.mp4",
         plain + "-c copy -output_ts_offset 5.25 -avoid_negative_ts disabled {out}"},
        {"late_start.ts", "-itsoffset 5.25 " + plain + "-c copy -copyts {out}"},
        {"edit_list.mp4", "-ss 0.7 " + plain + "-c copy {out}"},
        {"time_code.mov", plain + "-c copy -timecode 01:02:03:04 {out}"},
        {"one_frame.mp4", plain + "-frames:v 1 -map 0:v " + x264 + "{out}"},
        {"b_frames.avi", source + "-c:v mpeg4 -bf 2 -q:v 3 {out}"},
        {"vp9.webm", source + "-c:v libvpx-vp9 -b:v 1M -cpu-used 8 -deadline realtime {out}"},
        {"mpeg2.mpg",
         "-f lavfi -i testsrc2=s=160x120:r=30000/1001:d=1 -f lavfi -i sine=d=1 "
         "-c:v mpeg2video -q:v 3 -c:a mp2 {out}"},
        {"animated.gif", "-f lavfi -i testsrc2=s=160x120:r=10:d=1 {out}"},
        {"raw.h264", plain + "-map 0:v -c copy -bsf:v h264_mp4toannexb {out}"},
    };
}

}  // namespace closet::test
