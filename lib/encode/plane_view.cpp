#include "encode/plane_view.h"

#include <cstddef>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace closet {

cv::Mat plane_view(const AVFrame& frame, int plane) {
    const AVPixFmtDescriptor& format =
        *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const bool is_chroma = (plane == 1 || plane == 2) && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const int rows = is_chroma ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height;
    const int columns = is_chroma ? AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w) : frame.width;
    int bytes = 1;
    for (int i = 0; i < format.nb_components; ++i) {
        if (format.comp[i].plane == plane) {
            bytes = format.comp[i].step;
        }
    }
    const int type = bytes % 2 == 0 ? CV_16UC(bytes / 2) : CV_8UC(bytes);
    return {rows, columns, type, frame.data[plane],
            static_cast<std::size_t>(frame.linesize[plane])};
}

}  // namespace closet
