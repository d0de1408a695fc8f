def namespace(home):
    return None
