"""A page in the browser: photographs sensed and rebuilt by methods beside each other, and a bench's files.

`server` shows the page, `page` and `bench_tab` lay it out with Gradio, and the handlers say what happens when
something is pressed. What is shown is made in `computed`.
"""
