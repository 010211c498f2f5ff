/* dashboard.h: the files of the dashboard, as the build embeds them (miner/CMakeLists.txt). */
#ifndef MINER_DASHBOARD_H
#define MINER_DASHBOARD_H

#include <stddef.h>

extern const unsigned char miner_page_html[];
extern const size_t miner_page_html_size;
extern const unsigned char miner_page_css[];
extern const size_t miner_page_css_size;
extern const unsigned char miner_page_js[];
extern const size_t miner_page_js_size;
extern const unsigned char miner_page_icon[];
extern const size_t miner_page_icon_size;

#endif
