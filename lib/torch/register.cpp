// Fills in what others call of the part with LibTorch: Note [The part with LibTorch].

#include "core/device_picture.h"
#include "infer/clip/clip_embedder.h"
#include "infer/cutter/pointed_cutter.h"
#include "infer/faces/face_restorer.h"
#include "infer/run/device.h"
#include "infer/run/runners.h"
#include "infer/try_on/try_on_networks.h"
#include "models/aten/network.h"
#include "warp/tensor/painter.h"

namespace closet {

// Each defined in its own file; the variable of the call says what it does.
std::unique_ptr<const ClipEmbedder> load_clip_embedder(std::string_view name_or_path,
                                                       const InferOptions& options);
std::unique_ptr<PointedCutter> load_pointed_cutter(std::string_view name_or_path);
std::unique_ptr<const FaceRestorer> load_face_restorer(std::string_view name_or_path,
                                                       const InferOptions& options,
                                                       unsigned threads);
std::shared_ptr<TryOn> load_try_on_networks(std::string_view warp,
                                            const std::filesystem::path& folder,
                                            const InferOptions& options);
std::unique_ptr<TensorPainter> load_tensor_painter(Device device);
void device_plane_by_tensors(const Frame& frame, int plane, cv::Size least, cv::Mat& samples);
void device_luma_by_tensors(const Frame& frame, cv::Mat& luma);
void device_colors_by_tensors(const Frame& frame, cv::Rect where, const std::vector<int>& rows,
                              const std::vector<int>& columns, cv::Mat& colors);
std::vector<CudaDevice> list_cuda_devices();
double cuda_slots_busy_s();
std::unique_ptr<NetworkRunner> load_cuda_runner(const RunnerSetup& setup, WorkerPool& workers);

}  // namespace closet

extern "C" void closet_register_torch() {
    using namespace closet;
    make_aten_network.set(load_on_aten);
    make_clip_embedder.set(load_clip_embedder);
    make_pointed_cutter.set(load_pointed_cutter);
    make_face_restorer.set(load_face_restorer);
    make_try_on.set(load_try_on_networks);
    make_tensor_painter.set(load_tensor_painter);
    read_device_plane.set(device_plane_by_tensors);
    read_device_luma.set(device_luma_by_tensors);
    read_device_colors.set(device_colors_by_tensors);
#ifdef CLOSET_CUDA
    find_cuda_devices.set(list_cuda_devices);
    measure_cuda_busy_s.set(cuda_slots_busy_s);
    make_cuda_runner.set(load_cuda_runner);
#endif
}
