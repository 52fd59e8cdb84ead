#include "encode/display/qt_calls.h"

#include <dlfcn.h>

#include <opencv2/highgui/highgui_c.h>

namespace closet {
namespace {

/// A function of whatever toolkit OpenCV brought along; null where it is another one. Looked up by
/// name, since Qt's headers would be a dependency of the build for three calls. The names are the
/// same in Qt 5 and Qt 6; a member function takes its object as the first argument and flags travel
/// as an int (Itanium C++ ABI).
template <class Function>
Function* toolkit_function(const char* mangled_name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, mangled_name));
}

}  // namespace

void return_focus_to_window() {
    // static QWidget* QApplication::focusWidget(), void QWidget::clearFocus()
    static auto* const focus_widget = toolkit_function<void*()>("_ZN12QApplication11focusWidgetEv");
    static auto* const clear_focus = toolkit_function<void(void*)>("_ZN7QWidget10clearFocusEv");
    if (focus_widget == nullptr || clear_focus == nullptr) {
        return;
    }
    if (void* widget = focus_widget(); widget != nullptr) {
        clear_focus(widget);
    }
}

bool process_events() {
    // static void QCoreApplication::processEvents(QEventLoop::ProcessEventsFlags)
    static auto* const process = toolkit_function<void(int)>(
        "_ZN16QCoreApplication13processEventsE6QFlagsIN10QEventLoop17ProcessEventsFlagEE");
    if (process == nullptr) {
        return false;
    }
    constexpr int kAllEvents = 0;
    process(kAllEvents);
    return true;
}

std::uint32_t x_window_of(const char* title) {
    // WId QWidget::winId() const, an unsigned long; OpenCV's handle is its QWidget.
    static auto* const win_id = toolkit_function<unsigned long(void*)>("_ZNK7QWidget5winIdEv");
    void* const widget = win_id != nullptr ? cvGetWindowHandle(title) : nullptr;
    return widget != nullptr ? static_cast<std::uint32_t>(win_id(widget)) : 0;
}

}  // namespace closet
