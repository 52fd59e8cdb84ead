#include "encode/display/qt_calls.h"

#include <dlfcn.h>

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

}  // namespace closet
