"""The clinic in the browser: the pages on which the people of a trial do their work, from screening to lock.

Every page names the capability it needs (`needs`), reads through the scope of the person who asks (`read_for`), and
enters through the one gateway (`verbs.enter` or a verb of a room). One file per topic, with its own `urlpatterns`.
"""
