"""Sphinx의 설정. `tools/build_site.py`가 씁니다."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

project = "앵커 박스 실습 강좌"
author = ""
copyright = ""
language = "ko"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "course_extension"]
exclude_patterns = ["_static"]

nb_execution_mode = "off"
nb_merge_streams = True
# 실험대는 우리의 mount.js가 켭니다. 밖에서 받는 위젯 스크립트는 쓰지 않습니다.
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath", "amsmath", "html_image", "attrs_inline"]
myst_update_mathjax = False
myst_heading_anchors = 3
html_math_renderer = "typeset"

autodoc_typehints = "none"
autodoc_member_order = "bysource"
add_module_names = False
napoleon_use_ivar = True
napoleon_use_rtype = False
# 여러 클래스에 있는 속성의 이름을 링크로 만들려다 나는 경고입니다.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = "앵커 박스 실습"
# 사이트가 놓일 주소. 없어도 링크는 모두 상대 경로라 어디에 놓아도 됩니다.
html_baseurl = os.environ.get("SITE_ADDRESS", "")
html_favicon = "static/favicon.svg"
html_static_path = ["static"]
html_css_files = ["mathjax.css", "site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"font-stack": "var(--course-font)"},
    "dark_css_variables": {"font-stack": "var(--course-font)"},
}
